### Showing more than a password, or a passkey instead of one.

proofs-title = Noch ein Schritt
proofs-who = Sie melden sich als { $user } an. Zeigen Sie, dass Sie es sind.
proofs-or = oder
proofs-lost = Alles verloren? Die Betreiber dieses Servers können helfen.
proofs-else = Als jemand anderes anmelden

## A passkey.

proofs-passkey = Passkey benutzen
proofs-passkey-form = Passkey
proofs-passkey-failed = Das hat nicht geklappt. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.
proofs-passkey-scripts = Passkeys brauchen JavaScript und einen Browser, der sie kennt.

## A code of an app.

proofs-code = Code aus Ihrer Authenticator-App
proofs-code-submit = Weiter

## A recovery code.

proofs-recovery = Wiederherstellungscode benutzen
proofs-recovery-code = Einer der Codes, die Sie aufbewahrt haben
proofs-recovery-submit = Weiter

## What went wrong.

proofs-wrong = Das stimmt nicht oder wurde schon benutzt. Nehmen Sie den neuesten Code und versuchen Sie es noch einmal.
proofs-wait = Zu viele Versuche. Versuchen Sie es in etwa { $span } noch einmal.

## A passkey on the sign-in page that signed nobody in.

proofs-refused-title = Dieser Passkey hat nicht funktioniert
proofs-refused = Er ist hier nicht mehr bekannt, oder diese Seite wurde schon benutzt. Versuchen Sie es noch einmal oder melden Sie sich anders an.
proofs-refused-wait = Es gab zu viele Versuche aus Ihrem Netz. Versuchen Sie es in etwa { $span } noch einmal.
proofs-refused-back = Zurück zur Anmeldung

## Somebody signed in with a recovery code. $count is how many they have left.

proofs-recovered-title = Sie haben einen Wiederherstellungscode benutzt
proofs-recovered = { $count ->
    [0] Sie sind angemeldet. Das war Ihr letzter Code; er gilt nicht noch einmal.
    [one] Sie sind angemeldet. Dieser Code gilt nicht noch einmal; Sie haben noch einen.
   *[other] Sie sind angemeldet. Dieser Code gilt nicht noch einmal; Sie haben noch { $count }.
}
proofs-recovered-advice = Wenn Sie Ihr Telefon oder Ihren Passkey verloren haben, entfernen Sie ihn jetzt und richten Sie einen neuen ein.
proofs-recovered-continue = Weiter
proofs-recovered-security = Ändern, wie ich mich anmelde
