### What somebody signs in with: passkeys, an authenticator app, recovery codes.

factors-title = Wie Sie sich anmelden
factors-asked = Wer einen Passkey oder eine App hat, wird nach dem Passwort überall danach gefragt.

## The password, and other providers. $count is how many are connected.

factors-password = Passwort
factors-password-set = Sie haben eines.
factors-password-none = Sie haben keines.
factors-password-change = Passwort ändern
factors-password-add = Passwort festlegen
factors-others = Andere Anbieter
factors-others-connected = { $count ->
    [0] Keiner ist verbunden.
    [one] Einer ist verbunden.
   *[other] { $count } sind verbunden.
}
factors-others-see = Ansehen, was verbunden ist

## Passkeys. $name is what its owner calls one.

factors-passkeys = Passkeys
factors-passkeys-none = Noch keine. Ein Passkey ersetzt Passwort und Code zusammen.
factors-passkeys-add = Passkey hinzufügen
factors-synced = Auf mehreren Geräten
factors-added = Hinzugefügt am { $day }, noch nicht benutzt.
factors-added-used = Hinzugefügt am { $day }, zuletzt benutzt am { $used }.
factors-change = Umbenennen oder entfernen
factors-name = Name
factors-rename = Umbenennen
factors-rename-form = { $name } umbenennen
factors-remove = Entfernen
factors-remove-form = { $name } entfernen

## The authenticator app.

factors-app = Authenticator-App
factors-app-none = Keine. Sie zeigt alle 30 Sekunden einen neuen Code, auch ohne Netz.
factors-app-add = Authenticator-App hinzufügen
factors-app-remove = App entfernen

## Recovery codes. $count is how many are left.

factors-codes = Wiederherstellungscodes
factors-codes-left = { $count ->
    [0] Sie haben keine mehr. Holen Sie sich neue, damit ein verlorenes Telefon Sie nicht aussperrt.
    [one] Sie haben noch einen.
   *[other] Sie haben noch { $count }.
}
factors-codes-new = Neue Wiederherstellungscodes holen

## What was not done.

factors-not-removed = Es wurde nichts entfernt. Hier brauchen Sie mindestens eines davon; fügen Sie erst ein anderes hinzu.
factors-last-way-in = Es wurde nichts entfernt: Dieser Passkey ist der einzige Weg in Ihr Konto. Legen Sie erst ein Passwort fest oder fügen Sie einen anderen Passkey hinzu.
factors-not-renamed = Es wurde nichts umbenannt. Geben Sie einen lesbaren Namen ein.
factors-no-codes = Wiederherstellungscodes ersetzen einen Passkey oder eine App. Fügen Sie erst eines davon hinzu.

## Somebody cannot go on without another factor.

factors-enrol-title = Richten Sie einen weiteren Weg zur Anmeldung ein
factors-enrol = Ein Passwort allein genügt hier nicht. Wählen Sie, womit Sie sich außerdem anmelden.
factors-enrol-passkey-only = Was Sie benutzen möchten, braucht einen Passkey: einen Schlüssel, den Ihr Telefon, Ihr Computer oder Ihr Passwortmanager für Sie aufbewahrt und der nur für diese Website gilt.
factors-enrol-passkey = Ein Passkey
factors-enrol-app = Eine Authenticator-App
factors-enrol-help = Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder PIN an. Eine Authenticator-App zeigt alle 30 Sekunden einen neuen Code.

## Setting an app up.

factors-totp-title = Authenticator-App hinzufügen
factors-totp-scan = Scannen Sie dies mit der App auf Ihrem Telefon.
factors-totp-picture = QR-Code für Ihre Authenticator-App
factors-totp-here = Die App auf diesem Gerät öffnen
factors-totp-type = Den Schlüssel stattdessen eintippen
factors-totp-key = Schlüssel
factors-totp-account = Für das Konto { $user }; zeitbasiert, 6 Ziffern.
factors-totp-code = Der Code, den die App zeigt
factors-totp-submit = App hinzufügen
factors-totp-wrong = Dieser Code stimmt nicht. Prüfen Sie, ob die Uhr Ihres Telefons automatisch gestellt wird, und tippen Sie den neuesten ein.
factors-totp-has-one = Sie haben schon eine Authenticator-App. Entfernen Sie diese zuerst.
factors-cancel = Abbrechen

## Setting a passkey up.

factors-passkey-title = Passkey hinzufügen
factors-passkey-about = Ihr Telefon, Ihr Computer oder Ihr Passwortmanager bewahrt ihn für Sie auf. Sie benutzen ihn mit Fingerabdruck, Gesicht oder PIN, und er gilt nur für diese Website.
factors-passkey-name = Ein Name dafür
factors-passkey-name-rule = Damit Sie ihn wiedererkennen: zum Beispiel, wo er aufbewahrt wird.
factors-passkey-submit = Passkey erstellen
factors-passkey-nothing = Es wurde nichts erstellt. Versuchen Sie es noch einmal, wenn Sie so weit sind.
factors-passkey-scripts = Passkeys brauchen JavaScript und einen Browser, der sie kennt.
factors-passkey-address = Browser bewahren Passkeys für Namen auf, nicht für Adressen. Öffnen Sie diesen Server unter seinem Namen.
factors-passkey-unusable = Die Antwort Ihres Browsers war nicht zu gebrauchen. Versuchen Sie es noch einmal.
factors-passkey-refused = Dieser Passkey ist hier schon bekannt, oder Sie haben zu viele davon.

## Recovery codes, shown once.

factors-kept-title = Ihre Wiederherstellungscodes
factors-kept-about = Wenn Sie Ihr Telefon oder Ihren Passkey verlieren, kommen Sie stattdessen mit einem davon hinein. Jeder gilt einmal. Bewahren Sie sie bei Ihren Papieren oder im Passwortmanager auf.
factors-kept-once = Sie werden jetzt gezeigt und nie wieder.
factors-kept-for = Für { $user } bei { $server }. Codes, die Sie früher bekommen haben, gelten nicht mehr.
factors-kept-continue = Ich habe sie aufbewahrt
