mail-subject = { $server }: { $subject }

mail-works-once = Er gilt einmal, bis { $time }.
mail-unasked = Wenn Sie das nicht verlangt haben, tun Sie nichts: Dann ändert sich nichts.

mail-reset-subject = Ein Link für ein neues Passwort
mail-reset = Mit diesem Link wählen Sie ein neues Passwort für das Konto { $user } bei { $server }:
mail-reset-ends = Er gilt einmal, bis { $time }. Sie werden dann überall abgemeldet.

mail-invitation-subject = Sie haben ein Konto
mail-invitation = Sie haben jetzt ein Konto bei { $server }. Ihr Benutzername ist { $user }. Wählen Sie mit diesem Link ein Passwort:
mail-invitation-unexpected = Wenn Sie das nicht erwartet haben, tun Sie nichts, oder wenden Sie sich an die Betreiber des Servers.

mail-address-subject = Ist das Ihre E-Mail-Adresse?
mail-address = Das Konto { $user } bei { $server } soll diese Adresse haben. Bestätigen Sie mit diesem Link, dass es Ihre ist:

mail-address-changed-subject = Ihr Konto hat eine andere E-Mail-Adresse
mail-address-changed = Das Konto { $user } bei { $server } hat diese Adresse nicht mehr. Sie bekommt keine E-Mails mehr dazu.
mail-address-changed-unexpected = Wenn Sie das nicht waren, sagen Sie es sofort den Betreibern des Servers.

mail-sign-up-subject = Ihr Konto
mail-sign-up = Jemand hat bei { $server } ein Konto mit dieser Adresse verlangt. Mit diesem Link wählen Sie ein Passwort, und das Konto gehört Ihnen:
mail-sign-up-unasked = Wenn Sie das nicht waren, tun Sie nichts: Dann gibt es kein Konto.

mail-sign-up-known-subject = Sie haben schon ein Konto
mail-sign-up-known = Jemand hat bei { $server } ein Konto mit dieser Adresse verlangt. Es gibt schon eines: Melden Sie sich damit an.
mail-sign-up-known-forgot = Wenn Sie das Passwort nicht mehr wissen, wählen Sie hier ein anderes:

mail-code-subject = Ihr Code zum Anmelden
mail-code = Mit diesem Code melden Sie sich bei { $server } als { $user } an:
mail-code-ends = Er gilt einmal, bis { $time }, und nur in dem Browser, der ihn verlangt hat.
mail-code-secret = Sagen Sie ihn niemandem. Wenn Sie ihn nicht verlangt haben, tun Sie nichts: Ohne ihn kommt niemand hinein.

mail-password-set-subject = Ihr Passwort wurde geändert
mail-password-set = Das Konto { $user } bei { $server } hat ein anderes Passwort.
mail-new-browser-subject = Sie haben sich in einem neuen Browser angemeldet
mail-new-browser = Das Konto { $user } bei { $server } wurde in einem Browser benutzt, der vorher nicht gesehen wurde.
mail-factor-added-subject = Sie können sich auf eine weitere Art anmelden
mail-factor-added = Das Konto { $user } bei { $server } hat eine Möglichkeit mehr zu zeigen, wer Sie sind.
mail-factor-removed-subject = Eine Art, sich anzumelden, wurde entfernt
mail-factor-removed = Das Konto { $user } bei { $server } hat eine Möglichkeit weniger zu zeigen, wer Sie sind.
mail-factors-reset-subject = Ihre zweiten Faktoren wurden entfernt
mail-factors-reset = Das Konto { $user } bei { $server } hat keine zweiten Faktoren mehr: Jemand aus der Verwaltung hat sie entfernt.
mail-recovery-codes-subject = Sie haben neue Wiederherstellungscodes
mail-recovery-codes = Das Konto { $user } bei { $server } hat neue Wiederherstellungscodes. Die bisherigen gelten nicht mehr.
mail-token-reused-subject = Eine App hat ihren Zugriff verloren
mail-token-reused = Der Zugriff einer App auf das Konto { $user } bei { $server } wurde zweimal benutzt, als hätte ihn jemand kopiert. Dieser Zugriff ist beendet. Verbinden Sie die App neu, wenn Sie sie verwenden.
mail-when = Das war am { $time }.
mail-when-where = Das war am { $time }, von { $address } aus.
mail-when-where-near = Das war am { $time }, von { $address } aus (vermutlich { $place }).
mail-not-you = Wenn Sie das waren, ist nichts zu tun. Wenn nicht, wählen Sie sofort ein anderes Passwort, und sagen Sie es den Betreibern des Servers.
