### The account centre. $app is an app by its name or address, $resource what it uses, $time a point in time.

account-nav = Su cuenta
account-who = Ha iniciado sesión como { $user }.
account-sign-out = Cerrar sesión
account-profile = Perfil
account-security = Acceso
account-apps = Aplicaciones
account-sessions = Navegadores
account-history = Historial
account-data = Sus datos
account-at = { $time }
account-more = Más
account-earlier = Anteriores
account-back = Volver

## What was done a moment ago.

account-done-saved = Guardado.
account-done-password-set = Su contraseña está puesta. En todos los demás navegadores se ha cerrado la sesión y ninguna aplicación tiene ya acceso.
account-done-signed-out = Sesión cerrada. Ya nadie tiene la sesión iniciada ahí.
account-done-ended = Acceso terminado.
account-done-removed = Quitada. La aplicación ya no tiene acceso.
account-done-limited = El final está fijado.
account-done-nothing = No se cambió nada: esta página llevaba mucho tiempo abierta, o algo cambió antes. Mírela de nuevo.

## Profile.

account-profile-title = Su cuenta
account-username = Nombre de usuario
account-email = Correo electrónico
account-email-verified = Confirmado
account-email-unverified = Sin confirmar
account-email-none = Ninguno
account-email-change = Cambiar
account-email-add = Añadir una
account-password = Contraseña
account-fixed = Quien administra este servidor puede cambiar su nombre de usuario y su correo electrónico.
account-fixed-name = Quien administra este servidor puede cambiar su nombre de usuario.
account-profile-form = Nombre e idioma
account-profile-refused = Esto no se puede guardar. Un nombre es una línea de 200 bytes como máximo; los idiomas son los de la lista.
account-name = Su nombre
account-name-about = Las aplicaciones que pueden ver su nombre reciben este.
account-language = Idioma de estas páginas
account-language-browser = El que pide mi navegador
account-save = Guardar

## Password.

account-password-change = Cambiar la contraseña
account-password-first = Poner una contraseña
account-password-none-about = Aún no tiene contraseña aquí. Con una puede iniciar sesión sin llave de acceso y sin otro proveedor.
account-password-about = En este navegador la sesión sigue abierta. En todos los demás se cierra, y todas las aplicaciones pierden el acceso.
account-password-set = Poner la contraseña
account-password-differ = Las dos contraseñas no coinciden. Escriba dos veces la que quiere.

## Browsers.

account-sessions-title = Dónde tiene la sesión iniciada
account-sessions-about = El navegador y el sistema son lo que el navegador dijo de sí mismo.
account-device = { $browser } en { $system }
account-device-browser = { $browser }
account-device-system = Un navegador en { $system }
account-device-unknown = Navegador desconocido
account-this-one = Este
account-address = Dirección
account-place = Probablemente
account-signed-in = Sesión iniciada
account-seen = Último uso
account-end-session = Cerrar sesión
account-end-others = Cerrar sesión en todos los demás
account-sessions-apps = Las aplicaciones con acceso duradero siguen cuando se cierra la sesión de un navegador.

## Apps.

account-apps-title = Aplicaciones y agentes conectados
account-apps-none = Ninguna aplicación tiene acceso en su nombre, y ninguna puede volver sin preguntarle.
account-apps-about = Actúan en su nombre hasta que usted lo termine. Aquí se sabe cuándo recibieron un token por última vez; no lo que hicieron con él.
account-risky = Arriesgado
account-program = Un programa en un ordenador
account-claimed = Se llama a sí misma «{ $name }».
account-blocked = Esta aplicación está bloqueada aquí en este momento.
account-allowed = Permitido
account-used = Último token
account-used-from = { $time }, desde { $address }
account-until = Termina
account-ends = { $time }
account-ends-unless-used = { $time }, si no se usa antes
account-ends-as-set = { $time }, como usted lo fijó
account-limit = Cuándo termina
account-set = Fijar
account-end-grant = Terminar este acceso
account-not-connected = No está conectada en este momento. Puede volver sin preguntarle para:
account-remembered = Puede volver sin preguntarle, mientras no pida nada más.
account-remembered-until = Puede volver sin preguntarle hasta el { $time }.
account-remembered-policy = Quienes administran este servidor permiten esto para todas las personas.
account-remove = Quitar esta aplicación
account-remove-about = Termina todo su acceso. La próxima vez tendrá que preguntarle.
account-remove-comes-back = Termina todo su acceso. Quienes administran este servidor la dejan volver sin preguntarle.

## History. $who did it.

account-history-title = Lo que ha permitido
account-history-none = Hasta ahora no ha permitido nada.
account-happened-allowed = Usted permitió a { $app } usar { $resource }.
account-happened-allowed-somewhere = Usted permitió a { $app } usar algo que ya no está aquí.
account-happened-policy = Quienes administran este servidor permiten a { $app } usar { $resource }, para todas las personas.
account-happened-limited = Usted fijó cuándo termina el acceso de { $app }.
account-happened-expired = Lo que permitió a { $app } por un tiempo ha terminado.
account-happened-grant-ended = { $who ->
    [you] Usted terminó un acceso de { $app }.
    [administrator] La administración terminó un acceso de { $app }.
    [app] { $app } devolvió un acceso.
   *[server] Este servidor terminó un acceso de { $app }.
}
account-happened-withdrawn = { $who ->
    [you] Usted quitó { $app }.
    [administrator] La administración retiró lo que se permitía a { $app }.
    [app] { $app } devolvió lo que se le permitía.
   *[server] Este servidor retiró lo que se permitía a { $app }.
}
account-happened-stolen = Alguien intentó usar un acceso de { $app } que ya se había usado. Este servidor lo terminó.
account-happened-everything = { $who ->
    [you] Usted terminó todo el acceso a su cuenta.
   *[administrator] La administración terminó todo el acceso a su cuenta.
}
account-happened-until = Hasta el { $time }.

## Data, and going.

account-data-title = Sus datos
account-export-title = Una copia
account-export-about = Lo que este servidor guarda de usted, en un archivo que los programas pueden leer: su cuenta, los navegadores con la sesión iniciada, las aplicaciones que dejó entrar y lo que permitió.
account-export = Descargar
account-stop-title = Terminar todo el acceso
account-stop-short = Si algo va mal: cierra su sesión en todas partes y termina de una vez el acceso de todas las aplicaciones.
account-stop-link = Terminar todo el acceso…
account-stop-question = ¿Terminar todo el acceso a su cuenta?
account-stop-sessions = Se cierra su sesión en todos los navegadores, también en este.
account-stop-apps = Todas las aplicaciones y todos los agentes pierden su acceso.
account-stop-answers = Todas las aplicaciones tienen que preguntarle otra vez.
account-stop-limits = Su contraseña queda como está. Un servidor que no pregunta a este puede creer un token hasta que caduque, normalmente unos minutos. Si otra persona puede conocer su contraseña, pida una nueva a quien administra este servidor.
account-stop = Terminar todo el acceso
account-stopped = Todo el acceso ha terminado
account-stopped-about = Nadie tiene la sesión iniciada en su cuenta, y ninguna aplicación tiene acceso.
account-sign-in = Iniciar sesión
account-leave-title = Eliminar su cuenta
account-leave-short = Para siempre, con todo lo personal que tiene.
account-leave-link = Eliminar mi cuenta…
account-leave-question = ¿Eliminar su cuenta?
account-leave-about = Con ella se eliminan su contraseña, sus inicios de sesión, lo que permitió y el acceso de todas las aplicaciones. Nadie puede recuperarlos.
account-leave-stays = El registro de lo que ocurrió en este servidor se conserva. Le nombra con un número que entonces no lleva a ninguna parte. Lo que guardan las aplicaciones y otros servidores es asunto suyo.
account-leave-type = Escriba su nombre de usuario
account-leave-name = Es { $name }.
account-leave = Eliminar mi cuenta para siempre
account-leave-other-name = Ese no es su nombre de usuario. No se eliminó nada.
account-leave-last-owner = Usted es la única persona propietaria de este servidor. Nombre primero a otra; no se eliminó nada.
account-gone = Su cuenta está eliminada
account-gone-about = Puede cerrar esta página.
