### Anmelden mit anderen Anbietern. $provider nennen die Betreiber einen davon.

## Es ging nicht.

upstream-away = { $provider } ist gerade nicht erreichbar
upstream-away-happened = { $provider } hat nicht geantwortet, oder nicht so, wie es sein muss. Es ist nichts verloren.
upstream-away-advice = Versuchen Sie es gleich noch einmal, oder melden Sie sich anders an.
upstream-declined = Sie haben sich nicht mit { $provider } angemeldet
upstream-declined-happened = { $provider } hat Sie ohne Antwort zurückgeschickt. Es wurde nichts weitergegeben.
upstream-declined-advice = Versuchen Sie es mit { $provider } noch einmal, oder melden Sie sich anders an.
upstream-failed = Die Anmeldung mit { $provider } hat nicht geklappt
upstream-refused-happened = { $provider } hat abgelehnt. Die Betreiber dieses Servers können sehen, warum.
upstream-unbelievable-happened = Was { $provider } geschickt hat, genügt diesem Server nicht, um zu glauben, wer Sie sind. Die Betreiber dieses Servers können sehen, warum.
upstream-failed-advice = Versuchen Sie es noch einmal. Wenn Sie wieder auf dieser Seite landen, geben Sie den Betreibern dieses Servers die Nummer der Anfrage.
upstream-not-fresh = Die Anmeldung mit { $provider } muss frisch sein
upstream-not-fresh-happened = Sie müssen sich noch einmal ausweisen, und { $provider } hat nicht bestätigt, dass Sie das eben getan haben.
upstream-not-fresh-advice = Melden Sie sich bei { $provider } ab und versuchen Sie es noch einmal, oder melden Sie sich anders an.
upstream-timeless-happened = Sie müssen sich noch einmal ausweisen, und { $provider } teilt uns nicht mit, wann sich jemand dort angemeldet hat.
upstream-timeless-advice = Melden Sie sich anders an: mit einem Passwort oder Passkey dieses Servers. Wenn Sie keines von beiden haben, helfen die Betreiber dieses Servers.
upstream-not-allowed = Dieses Konto darf sich hier nicht anmelden
upstream-not-allowed-happened = { $provider } sagt, wer Sie sind, aber die Betreiber dieses Servers lassen dieses Konto nicht zu.
upstream-not-allowed-advice = Wenn Sie bei { $provider } ein anderes Konto haben, melden Sie sich dort zuerst mit diesem an.
upstream-no-account = Für Sie gibt es hier noch kein Konto
upstream-no-account-happened = { $provider } sagt, wer Sie sind, aber hier ist kein Konto damit verbunden, und neue entstehen nicht von selbst.
upstream-no-account-advice = Wenn Sie hier ein Konto haben, melden Sie sich anders an und verbinden Sie { $provider } in Ihrem Konto. Sonst bitten Sie die Betreiber dieses Servers um eines.
upstream-link-first = Sie haben hier schon ein Konto
upstream-link-first-happened = Ein Konto hier hat die E-Mail-Adresse, die laut { $provider } Ihre ist. Eine Adresse allein öffnet es nicht.
upstream-link-first-advice = Melden Sie sich anders an und verbinden Sie dann { $provider } in Ihrem Konto.
upstream-taken = Das gehört zu einem anderen Konto
upstream-taken-happened = Was Sie bei { $provider } gezeigt haben, öffnet hier ein anderes Konto. Es wurde nichts geändert.
upstream-taken-advice = Nehmen Sie ein anderes Konto bei { $provider }, oder trennen Sie es zuerst vom anderen Konto.
upstream-too-many = Zu viele Versuche
upstream-too-many-happened = Aus Ihrem Netz kamen zu viele Versuche.
upstream-too-many-advice = Versuchen Sie es in etwa { $span } noch einmal.
upstream-back = Zurück zur Anmeldung
upstream-back-to-account = Zurück zu Ihrem Konto

## Was mit einem Konto verbunden ist.

upstream-identities = Anmelden mit anderen
upstream-identities-whose = Wer sich dort anmelden kann, kann sich hier als { $user } anmelden.
upstream-none = Noch ist nichts verbunden.
upstream-known-as = Dort bekannt als
upstream-connected = Verbunden seit
upstream-last-used = Zuletzt benutzt
upstream-never = nie
upstream-day = { $day }
upstream-disconnect = Trennen
upstream-disconnected = Es ist getrennt und meldet Sie nicht mehr an.
upstream-stays = Es bleibt verbunden: Es ist der einzige Weg in Ihr Konto. Setzen Sie zuerst ein Passwort, fügen Sie einen Passkey hinzu oder verbinden Sie ein anderes.
upstream-only-way = Das ist der einzige Weg in Ihr Konto. Setzen Sie ein Passwort, fügen Sie einen Passkey hinzu oder verbinden Sie ein anderes, um es zu trennen.
upstream-connect = Verbinden
upstream-connect-how = Sie melden sich dort einmal an und zeigen so, dass es Ihres ist.
upstream-connect-one = { $provider } verbinden
