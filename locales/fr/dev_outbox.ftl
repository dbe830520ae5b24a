dev-outbox-title = E-mails
dev-outbox-intro = Ce qui aurait été envoyé. Seul cet ordinateur le voit.
dev-outbox-to = { $time }, à { $email }
dev-outbox-none = Rien n’a encore été envoyé.
