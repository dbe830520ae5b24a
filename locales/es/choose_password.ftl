### Elegir una contraseña con un enlace.

choose-password-title = Elegir una contraseña
choose-password-first = Ya tiene una cuenta aquí. Elija la contraseña con la que iniciará sesión.
choose-password-forgotten = La nueva contraseña sustituye a la anterior. Se cerrarán todas sus sesiones.
choose-password-username = Su nombre de usuario
choose-password-submit = Guardar la contraseña
choose-password-unexpected = Si no esperaba esta página, ciérrela y avise a quien administra este servidor.

## Por qué se muestra otra vez el formulario.

choose-password-differ = Las dos contraseñas no son iguales. Escriba dos veces la que quiere.

## Está guardada.

choose-password-done = Su contraseña está guardada
choose-password-sign-in = Inicie sesión como { $user } la próxima vez que una aplicación se lo pida. Puede cerrar esta página.
choose-password-link-used = El enlace con el que ha venido ya no funciona.
