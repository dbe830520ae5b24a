### Der letzte Schritt, zurück zur App.

ceremony-allowed = Zugriff erlaubt
ceremony-refused = Es wurde nichts Neues erlaubt

## Wohin die Antwort geht: zu $host im Web, an ein Programm auf dem Computer der Person, an eine App auf ihrem Gerät.

ceremony-goes-back = { $to ->
    [computer] Die Antwort geht zurück an *ein Programm auf diesem Computer*.
    [app] Die Antwort geht zurück an *eine App auf diesem Gerät*.
   *[web] Die Antwort geht zurück an { $host }.
}
ceremony-use-button = Wenn Sie nicht von selbst weitergeleitet werden, benutzen Sie den Knopf.
ceremony-go-back = Zurückgehen
ceremony-continue = { $to ->
    [computer] Weiter zu einem Programm auf diesem Computer
    [app] Weiter zu einer App auf diesem Gerät
   *[web] Weiter zu { $host }
}

## Eine App, die durch einen Link geöffnet wird.

ceremony-open-allowed = Ein Schritt fehlt noch: Öffnen Sie die App, damit sie die Antwort bekommt. Ihr Browser fragt vielleicht nach, bevor er Links öffnet, die mit { $scheme } beginnen.
ceremony-open-allowed-claimed = Ein Schritt fehlt noch: Öffnen Sie die App, die sich „{ $name }“ nennt, damit sie die Antwort bekommt. Ihr Browser fragt vielleicht nach, bevor er Links öffnet, die mit { $scheme } beginnen.
ceremony-open-refused = Sie können diese Seite schließen. Die App wartet noch; öffnen Sie sie, um es ihr zu sagen. Ihr Browser fragt vielleicht nach, bevor er Links öffnet, die mit { $scheme } beginnen.
ceremony-open-refused-claimed = Sie können diese Seite schließen. Die App, die sich „{ $name }“ nennt, wartet noch; öffnen Sie sie, um es ihr zu sagen. Ihr Browser fragt vielleicht nach, bevor er Links öffnet, die mit { $scheme } beginnen.
ceremony-open = App öffnen
ceremony-not-installed = Danach können Sie diese Seite schließen. Wenn sich nichts öffnet, ist die App auf diesem Gerät nicht installiert: Verbinden Sie sich noch einmal von dem Gerät aus, auf dem sie es ist.

## Bevor ein Fehler zu Fremden führt.

ceremony-elsewhere-title = Weiter zu einer anderen Adresse?
ceremony-elsewhere-heading = { $to ->
    [computer] Weiter zu einem Programm auf diesem Computer?
    [app] Weiter zu einer App auf diesem Gerät?
   *[web] Weiter zu { $host }?
}
ceremony-elsewhere-sent = Eine App hat Sie mit einer Anfrage hierher geschickt, die nicht funktioniert. Es wurde kein Zugriff gewährt.
ceremony-elsewhere-sent-claimed = Eine App, die sich „{ $name }“ nennt, hat Sie mit einer Anfrage hierher geschickt, die nicht funktioniert. Es wurde kein Zugriff gewährt.
ceremony-elsewhere-advice = Gehen Sie nur weiter, wenn Sie selbst von dort gekommen sind. Sonst schließen Sie diese Seite; mehr ist nicht zu tun.
ceremony-leads-to = Führt zu

## Wie lange.

ceremony-term-open = Bis ich es zurücknehme
ceremony-term-month = Für 30 Tage
ceremony-term-day = Für einen Tag
ceremony-term-hour = Für eine Stunde
