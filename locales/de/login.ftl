### Anmelden.

login-title = Anmelden

## Welche App die Person geschickt hat. $app ist ihr Name oder ihre Adresse, $name nennt sie sich selbst.

login-wants = { $app } möchte { $resource } benutzen.
login-wants-claimed = { $app } möchte { $resource } benutzen und nennt sich selbst „{ $name }“.
login-sent = { $app } hat Sie hierher geschickt.
login-sent-claimed = { $app } hat Sie hierher geschickt und nennt sich selbst „{ $name }“.
login-gives-nothing = Mit der Anmeldung allein erlauben Sie noch keinen Zugriff.

## Das Formular.

login-username = Benutzername oder E-Mail-Adresse
login-password = Passwort
login-submit = Anmelden
login-elsewhere = Weiter mit { $provider }
login-take-code = Stattdessen einen Code schicken lassen
login-forgot = Passwort vergessen?
login-no-account = Kein Konto?
login-sign-up = Konto anlegen
login-ask = Kein Konto? Wenden Sie sich an die Betreiber dieses Servers.
login-help = Kein Konto, oder Passwort vergessen? Wenden Sie sich an die Betreiber dieses Servers.

## Was nicht ging.

login-no-match = Benutzername und Passwort passen nicht zusammen. Prüfen Sie beides und versuchen Sie es noch einmal.
login-wait = Zu viele Versuche aus Ihrem Netz. Versuchen Sie es in etwa { $span } noch einmal.

## Passkeys.

login-or = oder
login-passkey = Mit einem Passkey anmelden
login-passkey-form = Passkey
login-passkey-failed = Das hat nicht geklappt. Versuchen Sie es noch einmal oder melden Sie sich mit Ihrem Passwort an.
