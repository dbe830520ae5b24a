### Die Frage an die Person. $app ist Name oder Adresse der App, $name nennt sie sich selbst, $resource möchte sie benutzen.

consent-title = Zugriff auf { $resource } erlauben?
consent-heading = { $app } möchte { $resource } benutzen

## Warum die Seite noch einmal oder anders erscheint.

consent-too-quick = Diese Antwort kam, bevor irgendjemand die Seite lesen konnte. Bitte lesen Sie sie und entscheiden Sie noch einmal.
consent-nothing-picked = Haken Sie an, was Sie erlauben möchten, oder lehnen Sie ab.
consent-outdated = Während diese Seite offen war, hat sich etwas geändert. Bitte lesen Sie sie noch einmal.
consent-client-changed = Die App hat ihre Angaben geändert, seit Sie sie zuletzt erlaubt haben. Betrachten Sie sie wie eine neue.
consent-resource-changed = Die Berechtigungen des Servers haben sich geändert, seit Sie dies zuletzt erlaubt haben.

## Wer es ist.

consent-registration = Die App benutzt die Registrierung, die ein Administrator dieses Servers genehmigt hat.
consent-registration-claimed = Die App benutzt die Registrierung von „{ $name }“, die ein Administrator dieses Servers genehmigt hat.
consent-claimed = Die App nennt sich selbst „{ $name }“.
consent-trusted-domain = Beschrieben von { $host }; die Administratoren dieses Servers vertrauen dieser Adresse.
consent-vouched = Ein Administrator dieses Servers bürgt für die App.
consent-nameless = Die App hat keinen Namen genannt.

## Warnungen.

consent-imitates-here = *Haben Sie „{ $known }“ gerade selbst gestartet?* Wenn nicht, lehnen Sie ab. Jedes Programm auf diesem Computer kann einen solchen Namen benutzen.
consent-imitates = *Dieser Name sieht aus wie „{ $known }“.* Nichts zeigt, dass es die echte App ist. Im Zweifel lehnen Sie ab.
consent-started-program = *Haben Sie das gerade selbst gestartet?* Wenn nicht, lehnen Sie ab. Jedes Programm auf diesem Computer kann so fragen.
consent-started-program-named = *Haben Sie das gerade selbst gestartet?* Wenn nicht, lehnen Sie ab. Jedes Programm auf diesem Computer kann so fragen und diesen Namen benutzen.
consent-started-app = *Haben Sie das gerade selbst gestartet?* Wenn nicht, lehnen Sie ab. Jede App auf diesem Gerät kann Links übernehmen, die mit { $scheme } beginnen.
consent-elsewhere = Der Zugriff geht an eine andere Adresse als die, die fragt: { $host }
consent-started-web = *Haben Sie das gerade selbst gestartet?* Wenn Sie diese Adresse nicht kennen, lehnen Sie ab. Hier hat niemand geprüft, wem sie gehört.

## Tatsachen.

consent-described-by = Beschrieben von
consent-not-checked = sonst nicht geprüft
consent-chose-name = hat den Namen gewählt; sonst nicht geprüft
consent-goes-to = Zugriff geht an
consent-to-use = Benutzt wird
consent-as = Als
consent-not-you = Nicht Sie?
consent-how-long = Wie lange
consent-lasts-renewed = Höchstens { $total }, ungenutzt höchstens { $idle }
consent-lasts-once = Etwa { $span }, ohne Verlängerung

## Berechtigungen.

consent-able = Das wird erlaubt
consent-able-new = Neu: das wird zusätzlich erlaubt
consent-able-as-before = Wie schon früher wird erlaubt
consent-able-nothing = Was damit erlaubt wird
consent-count = { $count ->
    [one] ({ $count } Berechtigung)
   *[other] ({ $count } Berechtigungen)
}
consent-none = Es wird keine bestimmte Berechtigung verlangt. Was die App darf, entscheidet { $resource }.
consent-allow-all = { $count ->
    [one] Die { $count } als riskant markierte erlauben
   *[other] Alle { $count } als riskant markierten erlauben
}
consent-before = Früher erlaubt ({ $count })
consent-risky = Riskant
consent-scope-openid = Wissen, wer Sie hier sind
consent-scope-profile = Ihren Namen sehen
consent-scope-email = Ihre E-Mail-Adresse sehen
consent-scope-offline = Weiterarbeiten, während Sie weg sind

## Die Entscheidung.

consent-deny = Ablehnen
consent-allow = Erlauben
