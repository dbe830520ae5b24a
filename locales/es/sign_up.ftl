sign-up-title = Crear una cuenta
sign-up-intro = Enviamos un enlace a su dirección de correo. Con él elige una contraseña y la cuenta es suya.
sign-up-email = Dirección de correo
sign-up-domain = Una que termine en { $domain }.
sign-up-name = Su nombre (si quiere)
sign-up-submit = Enviar el enlace
sign-up-back = Volver al inicio de sesión

sign-up-no-address = Esto no es una dirección de correo. Escríbala como alice@example.com.
sign-up-other-domain = Aquí las cuentas son para otras direcciones. Use una de las que se indican abajo.
sign-up-wait = Demasiados intentos desde su red. Inténtelo de nuevo dentro de { $span } aproximadamente.

sign-up-sent = Mire su correo
sign-up-sent-to = Hay un correo en camino a { $email }. Dice cómo seguir y sirve durante una hora.
sign-up-sent-nothing = ¿Nada después de unos minutos? Mire entre el correo no deseado.

sign-up-password-title = Elegir una contraseña
sign-up-password-intro = Con ella se crea la cuenta. Iniciará sesión con su dirección de correo y esta contraseña.
sign-up-username = Su dirección de correo
sign-up-make = Crear la cuenta
sign-up-unexpected = Si no ha pedido una cuenta, cierre esta página: entonces no habrá ninguna.
sign-up-differ = Las dos contraseñas no son iguales. Escriba dos veces la que quiere.

sign-up-done = Su cuenta está lista
sign-up-sign-in = Inicie sesión como { $user } la próxima vez que una aplicación se lo pida. Puede cerrar esta página.
