dev-outbox-title = Correos
dev-outbox-intro = Lo que se habría enviado. Solo este ordenador lo ve.
dev-outbox-to = { $time }, para { $email }
dev-outbox-none = Todavía no se ha enviado nada.
