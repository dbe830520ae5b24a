### What somebody signs in with: passkeys, an authenticator app, recovery codes.

factors-title = Cómo inicia sesión
factors-asked = A quien tiene una llave de acceso o una aplicación se le pide en todas partes después de la contraseña.

## The password, and other providers. $count is how many are connected.

factors-password = Contraseña
factors-password-set = Tiene una.
factors-password-none = No tiene ninguna.
factors-password-change = Cambiar la contraseña
factors-password-add = Poner una contraseña
factors-others = Otros proveedores
factors-others-connected = { $count ->
    [0] No hay ninguno conectado.
    [one] Hay uno conectado.
   *[other] Hay { $count } conectados.
}
factors-others-see = Ver lo que está conectado

## Passkeys. $name is what its owner calls one.

factors-passkeys = Llaves de acceso
factors-passkeys-none = Ninguna todavía. Una llave de acceso sustituye a la contraseña y al código juntos.
factors-passkeys-add = Añadir una llave de acceso
factors-synced = En varios dispositivos
factors-added = Añadida el { $day }, sin usar todavía.
factors-added-used = Añadida el { $day }, usada por última vez el { $used }.
factors-change = Cambiar el nombre o quitar
factors-name = Nombre
factors-rename = Cambiar el nombre
factors-rename-form = Cambiar el nombre de { $name }
factors-remove = Quitar
factors-remove-form = Quitar { $name }

## The authenticator app.

factors-app = Aplicación de autenticación
factors-app-none = Ninguna. Muestra un código nuevo cada 30 segundos, también sin conexión.
factors-app-add = Añadir una aplicación de autenticación
factors-app-remove = Quitar la aplicación

## Recovery codes. $count is how many are left.

factors-codes = Códigos de recuperación
factors-codes-left = { $count ->
    [0] No le queda ninguno. Obtenga nuevos para que un teléfono perdido no le deje fuera.
    [one] Le queda uno.
   *[other] Le quedan { $count }.
}
factors-codes-new = Obtener códigos nuevos

## What was not done.

factors-not-removed = No se ha quitado nada. Aquí necesita al menos uno; añada otro primero.
factors-last-way-in = No se ha quitado nada: esta llave de acceso es la única forma de entrar en su cuenta. Ponga antes una contraseña o añada otra llave de acceso.
factors-not-renamed = No se ha cambiado ningún nombre. Escriba uno que se pueda leer.
factors-no-codes = Los códigos de recuperación sustituyen a una llave de acceso o a una aplicación. Añada una primero.

## Somebody cannot go on without another factor.

factors-enrol-title = Configure otra forma de iniciar sesión
factors-enrol = Aquí no basta con una contraseña. Elija con qué más va a iniciar sesión.
factors-enrol-passkey-only = Lo que quiere usar necesita una llave de acceso: una llave que su teléfono, ordenador o gestor de contraseñas guarda y que solo sirve para este sitio.
factors-enrol-passkey = Una llave de acceso
factors-enrol-app = Una aplicación de autenticación
factors-enrol-help = Con una llave de acceso inicia sesión con su huella, su cara o un PIN. Una aplicación de autenticación muestra un código nuevo cada 30 segundos.

## Setting an app up.

factors-totp-title = Añadir una aplicación de autenticación
factors-totp-scan = Escanee esto con la aplicación de su teléfono.
factors-totp-picture = Código QR para su aplicación de autenticación
factors-totp-here = Abrir la aplicación en este dispositivo
factors-totp-type = Escribir la clave
factors-totp-key = Clave
factors-totp-account = Para la cuenta { $user }; basada en el tiempo, 6 cifras.
factors-totp-code = El código que muestra la aplicación
factors-totp-submit = Añadir la aplicación
factors-totp-wrong = Ese código no es correcto. Compruebe que el reloj de su teléfono se ajusta solo y escriba el más reciente.
factors-totp-has-one = Ya tiene una aplicación de autenticación. Quítela primero.
factors-cancel = Cancelar

## Setting a passkey up.

factors-passkey-title = Añadir una llave de acceso
factors-passkey-about = Su teléfono, ordenador o gestor de contraseñas la guarda. La usa con su huella, su cara o un PIN, y solo sirve para este sitio.
factors-passkey-name = Un nombre para ella
factors-passkey-name-rule = Para reconocerla: por ejemplo, dónde se guarda.
factors-passkey-submit = Crear la llave de acceso
factors-passkey-nothing = No se ha creado nada. Inténtelo de nuevo cuando quiera.
factors-passkey-scripts = Las llaves de acceso necesitan JavaScript y un navegador que las conozca.
factors-passkey-address = Los navegadores guardan llaves de acceso para nombres, no para direcciones. Abra este servidor por su nombre.
factors-passkey-unusable = La respuesta de su navegador no sirve. Inténtelo de nuevo.
factors-passkey-refused = Esta llave de acceso ya se conoce aquí, o tiene demasiadas.

## Recovery codes, shown once.

factors-kept-title = Sus códigos de recuperación
factors-kept-about = Si pierde su teléfono o su llave de acceso, uno de estos le deja entrar. Cada uno sirve una vez. Guárdelos con sus papeles o en su gestor de contraseñas.
factors-kept-once = Se muestran ahora y nunca más.
factors-kept-for = Para { $user } en { $server }. Los códigos que obtuvo antes ya no sirven.
factors-kept-continue = Los he guardado
