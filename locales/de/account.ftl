### The account centre. $app is an app by its name or address, $resource what it uses, $time a point in time.

account-nav = Ihr Konto
account-who = Angemeldet als { $user }.
account-sign-out = Abmelden
account-profile = Profil
account-security = Anmeldung
account-apps = Apps
account-sessions = Browser
account-history = Verlauf
account-data = Ihre Daten
account-at = { $time }
account-more = Weitere
account-earlier = Früher
account-back = Zurück

## What was done a moment ago.

account-done-saved = Gespeichert.
account-done-password-set = Ihr Passwort ist gesetzt. Überall sonst sind Sie abgemeldet, und keine App hat mehr Zugriff.
account-done-signed-out = Abgemeldet. Dort ist niemand mehr angemeldet.
account-done-ended = Zugriff beendet.
account-done-removed = Entfernt. Die App hat keinen Zugriff mehr.
account-done-limited = Das Ende ist festgelegt.
account-done-nothing = Es wurde nichts geändert: Diese Seite war lange offen, oder etwas anderes hat sich zuerst geändert. Bitte sehen Sie noch einmal nach.

## Profile.

account-profile-title = Ihr Konto
account-username = Benutzername
account-email = E-Mail
account-email-verified = Bestätigt
account-email-unverified = Nicht bestätigt
account-email-none = Keine
account-email-change = Ändern
account-email-add = Hinzufügen
account-password = Passwort
account-fixed = Benutzername und E-Mail-Adresse kann ändern, wer diesen Server betreibt.
account-fixed-name = Ihren Benutzernamen kann ändern, wer diesen Server betreibt.
account-profile-form = Name und Sprache
account-profile-refused = Das kann nicht gespeichert werden. Ein Name ist eine Zeile von höchstens 200 Bytes; zur Wahl stehen die Sprachen der Liste.
account-name = Ihr Name
account-name-about = Apps, die Ihren Namen sehen dürfen, erfahren diesen.
account-language = Sprache dieser Seiten
account-language-browser = Wie mein Browser es wünscht
account-save = Speichern

## Password.

account-password-change = Passwort ändern
account-password-first = Passwort festlegen
account-password-none-about = Sie haben hier noch kein Passwort. Mit einem können Sie sich auch ohne Passkey und ohne anderen Anbieter anmelden.
account-password-about = In diesem Browser bleiben Sie angemeldet. Überall sonst werden Sie abgemeldet, und jede App verliert ihren Zugriff.
account-password-set = Passwort setzen
account-password-differ = Die beiden Passwörter sind nicht gleich. Geben Sie das gewünschte zweimal ein.

## Browsers.

account-sessions-title = Wo Sie angemeldet sind
account-sessions-about = Browser und System sind, was der Browser von sich sagte.
account-device = { $browser } auf { $system }
account-device-browser = { $browser }
account-device-system = Ein Browser auf { $system }
account-device-unknown = Unbekannter Browser
account-this-one = Dieser hier
account-address = Adresse
account-place = Vermutlich
account-signed-in = Angemeldet
account-seen = Zuletzt benutzt
account-end-session = Abmelden
account-end-others = Überall sonst abmelden
account-sessions-apps = Apps mit dauerhaftem Zugriff bleiben, wenn ein Browser abgemeldet wird.

## Apps.

account-apps-title = Verbundene Apps und Agenten
account-apps-none = Keine App hat Zugriff in Ihrem Namen, und keine kommt zurück, ohne Sie zu fragen.
account-apps-about = Sie handeln in Ihrem Namen, bis Sie es beenden. Wann eine zuletzt ein Token bekam, ist hier bekannt; was sie damit tat, nicht.
account-risky = Riskant
account-program = Ein Programm auf einem Computer
account-claimed = Sie nennt sich „{ $name }“.
account-blocked = Diese App ist hier derzeit gesperrt.
account-allowed = Erlaubt
account-used = Letztes Token
account-used-from = { $time }, von { $address }
account-until = Endet
account-ends = { $time }
account-ends-unless-used = { $time }, wenn sie vorher nicht benutzt wird
account-ends-as-set = { $time }, wie Sie es festgelegt haben
account-limit = Wann er endet
account-set = Festlegen
account-end-grant = Diesen Zugriff beenden
account-not-connected = Derzeit nicht verbunden. Sie kann ohne Frage zurückkommen für:
account-remembered = Sie kann zurückkommen, ohne Sie zu fragen, solange sie nicht mehr will.
account-remembered-until = Sie kann bis { $time } zurückkommen, ohne Sie zu fragen.
account-remembered-policy = Wer diesen Server verwaltet, erlaubt das für alle.
account-remove = Diese App entfernen
account-remove-about = Beendet ihren ganzen Zugriff. Das nächste Mal muss sie Sie fragen.
account-remove-comes-back = Beendet ihren ganzen Zugriff. Wer diesen Server verwaltet, lässt sie zurückkommen, ohne Sie zu fragen.

## History. $who did it.

account-history-title = Was Sie erlaubt haben
account-history-none = Sie haben bisher nichts erlaubt.
account-happened-allowed = Sie haben { $app } erlaubt, { $resource } zu nutzen.
account-happened-allowed-somewhere = Sie haben { $app } erlaubt, etwas zu nutzen, das es hier nicht mehr gibt.
account-happened-policy = Wer diesen Server verwaltet, erlaubt { $app } für alle, { $resource } zu nutzen.
account-happened-limited = Sie haben festgelegt, wann der Zugriff von { $app } endet.
account-happened-expired = Was Sie { $app } für eine Zeit erlaubt haben, ist vorbei.
account-happened-grant-ended = { $who ->
    [you] Sie haben einen Zugriff von { $app } beendet.
    [administrator] Die Verwaltung hat einen Zugriff von { $app } beendet.
    [app] { $app } hat einen Zugriff zurückgegeben.
   *[server] Dieser Server hat einen Zugriff von { $app } beendet.
}
account-happened-withdrawn = { $who ->
    [you] Sie haben { $app } entfernt.
    [administrator] Die Verwaltung hat zurückgenommen, was { $app } erlaubt war.
    [app] { $app } hat zurückgegeben, was erlaubt war.
   *[server] Dieser Server hat zurückgenommen, was { $app } erlaubt war.
}
account-happened-stolen = Jemand wollte einen Zugriff von { $app } nutzen, der schon benutzt war. Dieser Server hat ihn beendet.
account-happened-everything = { $who ->
    [you] Sie haben allen Zugriff auf Ihr Konto beendet.
   *[administrator] Die Verwaltung hat allen Zugriff auf Ihr Konto beendet.
}
account-happened-until = Bis { $time }.

## Data, and going.

account-data-title = Ihre Daten
account-export-title = Eine Kopie
account-export-about = Was dieser Server über Sie aufbewahrt, als Datei, die Programme lesen können: Ihr Konto, die Browser, in denen Sie angemeldet sind, die Apps, die Sie hereingelassen haben, und was Sie erlaubt haben.
account-export = Herunterladen
account-stop-title = Allen Zugriff beenden
account-stop-short = Wenn etwas nicht stimmt: meldet Sie überall ab und beendet auf einmal den Zugriff aller Apps.
account-stop-link = Allen Zugriff beenden …
account-stop-question = Allen Zugriff auf Ihr Konto beenden?
account-stop-sessions = Sie werden in jedem Browser abgemeldet, auch in diesem.
account-stop-apps = Jede App und jeder Agent verliert den Zugriff.
account-stop-answers = Jede App muss Sie wieder fragen.
account-stop-limits = Ihr Passwort bleibt, wie es ist. Ein Server, der diesen nicht fragt, kann einem Token glauben, bis es abläuft, meist einige Minuten lang. Kennt vielleicht jemand anderes Ihr Passwort, bitten Sie um ein neues bei dem, der diesen Server betreibt.
account-stop = Allen Zugriff beenden
account-stopped = Aller Zugriff ist beendet
account-stopped-about = Niemand ist in Ihrem Konto angemeldet, und keine App hat Zugriff.
account-sign-in = Anmelden
account-leave-title = Ihr Konto löschen
account-leave-short = Endgültig, mit allem, was persönlich daran ist.
account-leave-link = Mein Konto löschen …
account-leave-question = Ihr Konto löschen?
account-leave-about = Ihr Passwort, Ihre Anmeldungen, was Sie erlaubt haben und der Zugriff aller Apps werden mit gelöscht. Niemand kann das zurückholen.
account-leave-stays = Das Protokoll dessen, was auf diesem Server geschah, bleibt. Es nennt Sie mit einer Nummer, die dann nirgendwohin führt. Was Apps und andere Server über Sie aufbewahren, ist deren Sache.
account-leave-type = Geben Sie Ihren Benutzernamen ein
account-leave-name = Er lautet { $name }.
account-leave = Mein Konto endgültig löschen
account-leave-other-name = Das ist nicht Ihr Benutzername. Es wurde nichts gelöscht.
account-leave-last-owner = Sie sind die einzige Person, der dieser Server gehört. Machen Sie zuerst jemand anderes dazu; es wurde nichts gelöscht.
account-gone = Ihr Konto ist gelöscht
account-gone-about = Sie können diese Seite schließen.
