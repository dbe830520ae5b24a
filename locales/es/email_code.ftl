email-code-title = Iniciar sesión con un código
email-code-intro = Enviamos un código a la dirección de correo de su cuenta.
email-code-username = Nombre de usuario o dirección de correo
email-code-send = Enviar el código
email-code-password = Iniciar sesión con una contraseña

email-code-check = Introducir el código
email-code-sent-if = Si existe esa cuenta y conocemos su dirección de correo, hay un código de ocho cifras en camino. Sirve durante diez minutos.
email-code-code = Código
email-code-submit = Iniciar sesión
email-code-nowhere-else = No pedimos este código en ningún otro sitio. Nadie más lo necesita.
email-code-another = Pedir otro código

email-code-no-match = Este no es el código, o se ha probado demasiadas veces. Mírelo otra vez o pida otro.
email-code-wait = Demasiados intentos desde su red. Inténtelo de nuevo dentro de { $span } aproximadamente.
