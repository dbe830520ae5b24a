email-code-title = Mit einem Code anmelden
email-code-intro = Wir schicken einen Code an die E-Mail-Adresse Ihres Kontos.
email-code-username = Benutzername oder E-Mail-Adresse
email-code-send = Code schicken
email-code-password = Mit einem Passwort anmelden

email-code-check = Code eingeben
email-code-sent-if = Wenn es ein solches Konto gibt und wir seine E-Mail-Adresse kennen, ist ein Code aus acht Ziffern dorthin unterwegs. Er gilt zehn Minuten.
email-code-code = Code
email-code-submit = Anmelden
email-code-nowhere-else = Wir fragen nirgendwo sonst nach diesem Code. Niemand sonst braucht ihn.
email-code-another = Einen anderen Code schicken lassen

email-code-no-match = Das ist nicht der Code, oder er wurde zu oft versucht. Sehen Sie noch einmal nach, oder lassen Sie einen anderen schicken.
email-code-wait = Zu viele Versuche aus Ihrem Netz. Versuchen Sie es in etwa { $span } noch einmal.
