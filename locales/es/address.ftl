address-title = Su dirección de correo
address-now = Ahora es { $email }.
address-now-unconfirmed = Ahora es { $email }, y aún no ha confirmado que es suya.
address-none = Su cuenta aún no tiene ninguna.
address-intro = Enviamos un enlace a la dirección que escriba. Será válida cuando abra ese enlace.
address-email = Dirección de correo
address-submit = Enviar el enlace

address-no-address = Esto no es una dirección de correo. Escríbala como alice@example.com.
address-wait = Ha pedido muchos enlaces. Inténtelo de nuevo dentro de { $span } aproximadamente.

address-sent = Mire su correo
address-sent-if = Si { $email } puede ser la dirección de su cuenta, hay un enlace en camino. Sirve una vez, durante una hora. Hasta que lo abra no cambia nada.

address-confirm = Confirmar su dirección de correo
address-confirm-what = La cuenta { $user } va a tener la dirección { $email }.
address-confirm-was = Sustituye a { $email }, donde se avisará.
address-confirm-submit = Confirmar
address-confirm-unexpected = Si no lo ha pedido, cierre la página.

address-confirmed = Su dirección de correo está confirmada
address-confirmed-what = La cuenta { $user } tiene la dirección { $email }. También puede iniciar sesión con ella. Puede cerrar esta página.
