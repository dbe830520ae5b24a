### Die Seite an der Adresse des Servers.

home-title = Anmelden
home-heading = Hier melden Sie sich für Ihre Apps an
home-nothing-to-do = Eine App, die Ihre Erlaubnis braucht, öffnet diese Seite von selbst. Was Sie erlaubt haben und wo Sie angemeldet sind, steht in Ihrem Konto.
home-account = Ihr Konto
home-sign-out = Abmelden
home-developers = Für Entwickler:
home-metadata = Metadaten des Autorisierungsservers
