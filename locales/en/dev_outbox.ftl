### What would have been mailed, where somebody tries things out.

dev-outbox-title = Mails
dev-outbox-intro = What would have been mailed. Only this computer sees it.
dev-outbox-to = { $time }, to { $email }
dev-outbox-none = Nothing was mailed yet.
