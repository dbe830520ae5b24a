address-title = Ihre E-Mail-Adresse
address-now = Sie ist jetzt { $email }.
address-now-unconfirmed = Sie ist jetzt { $email }, und Sie haben noch nicht bestätigt, dass es Ihre ist.
address-none = Ihr Konto hat noch keine.
address-intro = Wir schicken einen Link an die Adresse, die Sie eintippen. Sie gilt, sobald Sie diesen Link öffnen.
address-email = E-Mail-Adresse
address-submit = Link schicken

address-no-address = Das ist keine E-Mail-Adresse. Schreiben Sie sie wie alice@example.com.
address-wait = Sie haben viele Links verlangt. Versuchen Sie es in etwa { $span } noch einmal.

address-sent = Sehen Sie in Ihre E-Mails
address-sent-if = Wenn { $email } die Adresse Ihres Kontos sein kann, ist ein Link dorthin unterwegs. Er gilt einmal, eine Stunde lang. Bis Sie ihn öffnen, ändert sich nichts.

address-confirm = E-Mail-Adresse bestätigen
address-confirm-what = Das Konto { $user } soll die Adresse { $email } haben.
address-confirm-was = Sie ersetzt { $email }; dorthin wird es gemeldet.
address-confirm-submit = Bestätigen
address-confirm-unexpected = Wenn Sie das nicht verlangt haben, schließen Sie die Seite.

address-confirmed = Ihre E-Mail-Adresse ist bestätigt
address-confirmed-what = Das Konto { $user } hat die Adresse { $email }. Sie können sich auch mit ihr anmelden. Sie können diese Seite schließen.
