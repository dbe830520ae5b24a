forgot-title = ¿Ha olvidado su contraseña?
forgot-intro = Le enviamos un enlace con el que elige una nueva.
forgot-username = Nombre de usuario o dirección de correo
forgot-submit = Enviar el enlace
forgot-back = Volver al inicio de sesión

forgot-empty = Escriba su nombre de usuario o su dirección de correo.
forgot-wait = Demasiados intentos desde su red. Inténtelo de nuevo dentro de { $span } aproximadamente.

forgot-sent = Mire su correo
forgot-sent-if = Si existe una cuenta con ese nombre y conocemos una dirección de correo suya, hay un enlace en camino. Sirve una vez, durante 15 minutos.
forgot-sent-nothing = ¿Nada después de unos minutos? Mire entre el correo no deseado, o pregunte a quien administra este servidor.
