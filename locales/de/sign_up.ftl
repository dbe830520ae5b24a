sign-up-title = Konto anlegen
sign-up-intro = Wir schicken einen Link an Ihre E-Mail-Adresse. Mit ihm wählen Sie ein Passwort, und das Konto gehört Ihnen.
sign-up-email = E-Mail-Adresse
sign-up-domain = Eine, die mit { $domain } endet.
sign-up-name = Ihr Name (wenn Sie möchten)
sign-up-submit = Link schicken
sign-up-back = Zurück zur Anmeldung

sign-up-no-address = Das ist keine E-Mail-Adresse. Schreiben Sie sie wie alice@example.com.
sign-up-other-domain = Konten gibt es hier für andere Adressen. Nehmen Sie eine von denen, die unten stehen.
sign-up-wait = Zu viele Versuche aus Ihrem Netz. Versuchen Sie es in etwa { $span } noch einmal.

sign-up-sent = Sehen Sie in Ihre E-Mails
sign-up-sent-to = Eine E-Mail an { $email } ist unterwegs. Sie sagt, wie es weitergeht, und gilt eine Stunde.
sign-up-sent-nothing = Nach ein paar Minuten nichts da? Sehen Sie bei den unerwünschten E-Mails nach.

sign-up-password-title = Passwort wählen
sign-up-password-intro = Damit wird das Konto angelegt. Sie melden sich mit Ihrer E-Mail-Adresse und diesem Passwort an.
sign-up-username = Ihre E-Mail-Adresse
sign-up-make = Konto anlegen
sign-up-unexpected = Wenn Sie kein Konto verlangt haben, schließen Sie diese Seite: Dann gibt es keines.
sign-up-differ = Die beiden Passwörter sind nicht gleich. Tippen Sie das gewünschte zweimal.

sign-up-done = Ihr Konto ist da
sign-up-sign-in = Melden Sie sich als { $user } an, wenn eine App das nächste Mal danach fragt. Sie können diese Seite schließen.
