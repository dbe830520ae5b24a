### Was alle Seiten gemeinsam haben: wer fragt, und was gesagt wird, wenn etwas nicht stimmt.

## Wie viel von einer App bekannt ist.

web-verified = Bestätigt
web-registered = Registriert
web-domain-checked = Domain geprüft
web-not-verified = Nicht bestätigt

## Was fragt oder wohin eine Antwort geht, wenn das nicht im Web ist.

web-computer = Ein Programm auf diesem Computer
web-device = Eine App auf diesem Gerät
web-other-device = Ein Gerät
web-browsers-show = Browser zeigen es vielleicht als { $host }
web-imitates = *Diese Adresse ahmt vielleicht eine andere nach.* Sie mischt Buchstaben verschiedener Alphabete oder solche, die gleich aussehen. In Wirklichkeit schreibt sie sich { $host }.

## Für Entwickler.

web-developer = Für die Entwickler der App
web-error = Fehler
web-details = Einzelheiten
web-request = Anfrage

## Fehler.

web-what-to-do = Was Sie tun können
web-sign-out = Abmelden

web-unknown-client = Diese App ist hier nicht bekannt
web-unknown-client-happened = Die App, die Sie hierher geschickt hat, benutzt eine Registrierung, die dieser Server nicht annimmt. Vielleicht wurde sie entfernt, seit die App sie gespeichert hat.
web-unknown-client-advice = Lassen Sie die App vergessen, was sie über diesen Server gespeichert hat, und verbinden Sie sich dann noch einmal. Wenn Sie wieder auf dieser Seite landen, wenden Sie sich an die Betreiber dieses Servers.

web-bad-document = Die Beschreibung der App funktioniert nicht
web-bad-document-happened = Die App, die Sie hierher geschickt hat, beschreibt sich in einem Dokument im Web. Dieser Server konnte es nicht lesen, oder er darf es so nicht benutzen.
web-bad-document-advice = Versuchen Sie es gleich noch einmal. Wenn Sie wieder auf dieser Seite landen, schicken Sie die Zeilen unten an die Betreiber dieses Servers oder an die Hersteller der App.

web-refused-domain = Diese App wird hier nicht angenommen
web-refused-domain-happened = Die Betreiber dieses Servers haben entschieden, keine Apps von dieser Website anzunehmen.
web-refused-domain-advice = Wenn Sie diese App hier brauchen, bitten Sie die Betreiber dieses Servers, sie zu erlauben.

web-awaits-approval = Diese App muss erst genehmigt werden
web-awaits-approval-happened = Die Betreiber dieses Servers sehen sich jede neue App an, bevor jemand sie benutzen darf. Sie sehen jetzt, dass Sie nach dieser gefragt haben.
web-awaits-approval-advice = Bitten Sie die Betreiber dieses Servers um die Genehmigung, und verbinden Sie sich dann noch einmal von der App aus.

web-unknown-redirect = Wir können Sie nicht zur App zurückschicken
web-unknown-redirect-happened = Die App möchte die Antwort an einer Adresse, die sie nicht registriert hat. Dorthin wurde nichts geschickt.
web-unknown-redirect-advice = Gehen Sie zur App zurück und verbinden Sie sich noch einmal. Wenn Sie wieder auf dieser Seite landen, lassen Sie die App vergessen, was sie über diesen Server gespeichert hat.

web-bad-request = Die Anfrage der App funktioniert nicht
web-bad-request-happened = Die App, die Sie hierher geschickt hat, wollte etwas, das dieser Server nicht versteht oder nicht erlaubt.
web-bad-request-advice = Gehen Sie zur App zurück und versuchen Sie es noch einmal. Wenn Sie wieder auf dieser Seite landen, schicken Sie die Zeilen unten an die Hersteller der App.

web-needs-person = Die App muss Sie erst fragen
web-needs-person-happened = Die App wollte Zugriff, ohne Ihnen etwas zu zeigen. Dazu müssen Sie sich erst anmelden und zustimmen.
web-needs-person-advice = Gehen Sie zur App zurück und verbinden Sie sich von dort noch einmal.

web-other-browser = Diese Anmeldung wurde anderswo begonnen
web-other-browser-happened = Diese Seite gehört zu einer Anmeldung in einem anderen Browser oder Fenster, oder Ihr Browser behält unser Cookie nicht.
web-other-browser-advice = Beginnen Sie in Ihrer App von vorn und bleiben Sie in einem Browser, der für diese Website Cookies erlaubt. Wenn Ihnen jemand diesen Link geschickt hat, benutzen Sie ihn nicht.

web-expired = Diese Seite gilt nicht mehr
web-expired-happened = Sie war zu lange offen oder wurde schon beantwortet. Es wurde nichts Neues geteilt.
web-expired-advice = Gehen Sie zur App zurück und verbinden Sie sich noch einmal.

web-foreign-form = Dieses Formular kam nicht von unserer Seite
web-foreign-form-happened = Eine andere Website hat versucht, in Ihrem Namen ein Formular zu schicken, oder Ihr Browser verbirgt, woher es kam. Es ist nichts geschehen.
web-foreign-form-advice = Beginnen Sie in Ihrer App von vorn. Wenn Sie kein Formular abgeschickt haben, schließen Sie diese Seite.

web-bad-logout = Dieser Link zum Abmelden funktioniert nicht
web-bad-logout-happened = Die App, die Sie hierher geschickt hat, konnte nicht zeigen, dass sie Sie abmelden darf. Es wurde niemand abgemeldet.
web-bad-logout-advice = Sie können sich stattdessen hier abmelden.

web-dead-link = Dieser Link funktioniert nicht mehr
web-dead-link-happened = Ein solcher Link gilt einmal und kurze Zeit. Er wurde benutzt, durch einen neueren ersetzt, ist zu alt oder wurde nicht ganz kopiert.
web-dead-link-advice = Wenn Sie Ihr Passwort damit schon gesetzt haben, melden Sie sich damit an. Sonst bitten Sie die Betreiber dieses Servers um einen neuen Link.

web-too-many = Zu viele Versuche
web-too-many-happened = Es kamen zu viele Versuche aus Ihrem Netz.
web-too-many-advice = Versuchen Sie es in etwa { $span } noch einmal.

web-too-large = Ihr Browser hat zu viel geschickt
web-too-large-happened = Meist liegt das daran, dass sich alte Cookies dieser Website angesammelt haben.
web-too-large-advice = Löschen Sie in den Einstellungen Ihres Browsers die Cookies dieser Website und versuchen Sie es noch einmal.

web-not-found = Hier ist nichts
web-not-found-happened = Vielleicht ist die Adresse vertippt, oder die Seite gibt es nicht mehr.
web-not-found-advice = Wenn eine App Sie hierher geschickt hat, verbinden Sie sich von der App aus noch einmal.

web-wrong-method = Diese Seite lässt sich so nicht benutzen
web-wrong-method-happened = Sie antwortet auf eine andere Art von Anfrage.

web-unavailable = Im Moment nicht erreichbar
web-unavailable-happened = Etwas, das dieser Server braucht, antwortet nicht. Es ist nichts verloren.
web-unavailable-advice = Warten Sie einen Augenblick und laden Sie diese Seite neu.

web-internal = Bei uns ist etwas schiefgegangen
web-internal-happened = Ihre Anfrage konnte nicht zu Ende gebracht werden. Der Fehler ist notiert.
web-internal-advice = Versuchen Sie es noch einmal. Wenn es immer wieder geschieht, geben Sie den Betreibern dieses Servers die Nummer der Anfrage.

## Wie bekannte Apps ihre Registrierung vergessen.

web-forget-claude-code = Tippen Sie `/mcp`, wählen Sie den Server, dann *Clear authentication* und *Authenticate*. Wenn das nicht angeboten wird, entfernen Sie den Server und fügen ihn unter einem anderen Namen hinzu.
web-forget-vs-code = Rufen Sie in der Befehlspalette *Authentication: Remove Dynamic Authentication Providers* auf und starten Sie dann den Server neu.
web-forget-cursor = Melden Sie sich in den Einstellungen unter MCP vom Server ab und verbinden Sie sich dann noch einmal.
web-forget-inspector = Wählen Sie in den Einstellungen zur Authentifizierung *Clear OAuth State*, oder öffnen Sie ihn in einem neuen Tab.
web-forget-mcp-remote = Löschen Sie den Ordner `~/.mcp-auth` und starten Sie es neu.
web-other-apps = Andere Apps
web-forget-others = Entfernen Sie diesen Server in der App und fügen Sie ihn noch einmal hinzu.

## Der Fuß jeder Seite.

web-help = Hilfe
web-privacy = Datenschutz
web-terms = Nutzungsbedingungen
web-imprint = Impressum

## Wo die Anbieter einer App von ihr erzählen: Seiten, die nicht unsere sind.

web-app-pages = Eigene Seiten
web-website = Website
