dev-outbox-title = E-Mails
dev-outbox-intro = Was verschickt worden wäre. Nur dieser Computer sieht es.
dev-outbox-to = { $time }, an { $email }
dev-outbox-none = Noch nichts wurde verschickt.
