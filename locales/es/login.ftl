### Iniciar sesión.

login-title = Iniciar sesión

## Qué aplicación ha enviado a la persona. $app es su nombre o dirección, $name cómo se llama a sí misma.

login-wants = { $app } quiere usar { $resource }.
login-wants-claimed = { $app } quiere usar { $resource } y dice llamarse «{ $name }».
login-sent = { $app } le ha enviado aquí.
login-sent-claimed = { $app } le ha enviado aquí y dice llamarse «{ $name }».
login-gives-nothing = Iniciar sesión no le da ningún acceso que usted no haya permitido.

## El formulario.

login-username = Nombre de usuario o correo electrónico
login-password = Contraseña
login-submit = Iniciar sesión
login-elsewhere = Continuar con { $provider }
login-take-code = Recibir un código por correo
login-forgot = ¿Ha olvidado su contraseña?
login-no-account = ¿No tiene cuenta?
login-sign-up = Crear una cuenta
login-ask = ¿No tiene cuenta? Pregunte a quien administra este servidor.
login-help = ¿No tiene cuenta o ha olvidado la contraseña? Pregunte a quien administra este servidor.

## Qué ha fallado.

login-no-match = El nombre de usuario y la contraseña no coinciden. Compruebe ambos e inténtelo de nuevo.
login-wait = Demasiados intentos desde su red. Inténtelo de nuevo dentro de { $span } aproximadamente.

## Passkeys.

login-or = o
login-passkey = Iniciar sesión con una llave de acceso
login-passkey-form = Llave de acceso
login-passkey-failed = No ha funcionado. Inténtelo de nuevo o inicie sesión con su contraseña.
