forgot-title = Passwort vergessen?
forgot-intro = Wir schicken Ihnen einen Link, mit dem Sie ein neues wählen.
forgot-username = Benutzername oder E-Mail-Adresse
forgot-submit = Link schicken
forgot-back = Zurück zur Anmeldung

forgot-empty = Tippen Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein.
forgot-wait = Zu viele Versuche aus Ihrem Netz. Versuchen Sie es in etwa { $span } noch einmal.

forgot-sent = Sehen Sie in Ihre E-Mails
forgot-sent-if = Wenn es ein Konto dieses Namens gibt und wir eine E-Mail-Adresse dazu kennen, ist ein Link dorthin unterwegs. Er gilt einmal, 15 Minuten lang.
forgot-sent-nothing = Nach ein paar Minuten nichts da? Sehen Sie bei den unerwünschten E-Mails nach, oder wenden Sie sich an die Betreiber dieses Servers.
