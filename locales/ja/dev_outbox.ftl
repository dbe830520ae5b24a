dev-outbox-title = メール
dev-outbox-intro = 送信されるはずだったものです。このコンピューターだけに表示されます。
dev-outbox-to = { $time }、宛先 { $email }
dev-outbox-none = まだ何も送信されていません。
