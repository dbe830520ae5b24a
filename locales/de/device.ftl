### Einem Gerät antworten, das keine Seite zeigen kann. $resource möchte es benutzen.

device-title = Gerät verbinden

## Das Formular für den Code.

device-enter = Geben Sie den Code ein, den Ihr Gerät zeigt. Geben Sie nur einen Code von einem Gerät ein, das Sie selbst benutzen: Mit einem Code, den Ihnen jemand geschickt hat, geben Sie *dieser Person* Zugriff.
device-code = Code auf Ihrem Gerät
device-rule = Acht Buchstaben. Kleinbuchstaben und Leerzeichen sind in Ordnung.
device-shape = Acht Buchstaben, wie WDJB-MJHT
device-continue = Weiter
device-who = Sie sind angemeldet als { $user }.
device-nothing-yet = Noch ist nichts erlaubt: Sie sehen erst, worum das Gerät bittet.

## Warum ein Code nirgendwohin führt.

device-no-code = Das ist kein Code. Er hat acht Buchstaben, wie WDJB-MJHT, und keine Ziffern.
device-no-match = Kein Gerät wartet mit diesem Code. Vergleichen Sie ihn mit dem auf Ihrem Gerät; ist er älter als zehn Minuten, beginnen Sie dort von vorn.
device-taken = Jemand anderes hat diesen Code schon eingegeben. Wenn es der Code auf Ihrem Gerät ist, beginnen Sie dort von vorn und sagen Sie den neuen niemandem.
device-over = Dieser Code wurde schon beantwortet, oder niemand wartet mehr darauf. Es wurde nichts Neues erlaubt.
device-wait = Zu viele falsche Codes. Versuchen Sie es in etwa { $span } noch einmal.

## Die Frage. $address ist, von wo das Gerät gefragt hat, $name nennt es sich selbst.

device-question = Einem Gerät erlauben, { $resource } zu benutzen?
device-only-if = *Gehen Sie nur weiter, wenn Sie das selbst begonnen haben*, auf einem Gerät, das Sie gerade benutzen und das diesen Code zeigt:
device-sent = Wenn Ihnen jemand den Code oder einen Link geschickt hat oder Sie hier hindurchführt, lehnen Sie ab: Diese Person bekäme Zugriff auf das, was Ihnen gehört.
device-asked = Gefragt
device-asked-just = Vor weniger als einer Minute, von { $address }
device-asked-ago = Vor { $span }, von { $address }
device-same-network = dem Netz, in dem Sie gerade sind
device-other-network = einem anderen Netz als dem, in dem Sie gerade sind
device-other-network-near = einem anderen Netz als dem, in dem Sie gerade sind (vermutlich { $place })
device-in-advance = Die Administratoren dieses Servers haben diese App allen erlaubt. Ob das Gerät Ihres ist, können nur Sie wissen.
device-device = Gerät
device-named = „{ $name }“
device-claims = wie es sich selbst nennt

## Was daraus wurde.

device-approved = Ihr Gerät ist verbunden
device-approved-next = Nach ein paar Sekunden merkt es Ihr Gerät. Sie können diese Seite schließen.
device-denied = Es wurde nichts erlaubt
device-denied-next = Dem Gerät wurde abgesagt. Sie können diese Seite schließen.
device-denied-tell = Wenn Ihnen jemand den Code geschickt hat, sagen Sie den Betreibern dieses Servers Bescheid.
