### Ein Passwort wählen, mit einem Link.

choose-password-title = Passwort wählen
choose-password-first = Sie haben hier jetzt ein Konto. Wählen Sie das Passwort, mit dem Sie sich anmelden werden.
choose-password-forgotten = Das neue Passwort ersetzt das bisherige. Sie werden überall abgemeldet.
choose-password-username = Ihr Benutzername
choose-password-submit = Passwort setzen
choose-password-unexpected = Wenn Sie diese Seite nicht erwartet haben, schließen Sie sie und sagen Sie den Betreibern dieses Servers Bescheid.

## Warum das Formular noch einmal erscheint.

choose-password-differ = Die beiden Passwörter sind nicht gleich. Tippen Sie das gewünschte zweimal.

## Es ist gesetzt.

choose-password-done = Ihr Passwort ist gesetzt
choose-password-sign-in = Melden Sie sich als { $user } an, wenn eine App das nächste Mal danach fragt. Sie können diese Seite schließen.
choose-password-link-used = Der Link, mit dem Sie gekommen sind, ist damit verbraucht.
