### Abmelden.

logout-question = Abmelden?
logout-who = Sie sind angemeldet als { $user }.
logout-asked-by = Eine App, die sich „{ $name }“ nennt, möchte Sie abmelden.
logout-apps-stay = Apps mit dauerhaftem Zugriff behalten ihn. Um angemeldet zu bleiben, schließen Sie diese Seite.
logout-submit = Abmelden

logout-done = Sie sind abgemeldet
logout-nobody = Hier ist niemand angemeldet
logout-close = Sie können diese Seite schließen.
logout-shared = An einem gemeinsam genutzten Computer schließen Sie bitte auch alle Fenster dieses Browsers.
logout-back = Zurück zu { $host }
