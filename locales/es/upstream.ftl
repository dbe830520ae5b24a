### Iniciar sesión con otros proveedores. $provider es como los administradores llaman a uno.

## No funcionó.

upstream-away = { $provider } no está disponible ahora
upstream-away-happened = { $provider } no respondió, o no como debía. No se ha perdido nada.
upstream-away-advice = Inténtelo de nuevo dentro de un momento, o inicie sesión de otra manera.
upstream-declined = No ha iniciado sesión con { $provider }
upstream-declined-happened = { $provider } le envió de vuelta sin respuesta. No se compartió nada.
upstream-declined-advice = Pruebe de nuevo con { $provider }, o inicie sesión de otra manera.
upstream-failed = No se pudo iniciar sesión con { $provider }
upstream-refused-happened = { $provider } lo rechazó. Quien administra este servidor puede ver por qué.
upstream-unbelievable-happened = Lo que envió { $provider } no basta para que este servidor crea quién es usted. Quien administra este servidor puede ver por qué.
upstream-failed-advice = Inténtelo una vez más. Si vuelve a esta página, dé el número de la solicitud a quien administra este servidor.
upstream-not-fresh = Debe iniciar sesión de nuevo con { $provider }
upstream-not-fresh-happened = Tiene que volver a demostrar quién es, y { $provider } no ha confirmado que lo haya hecho ahora.
upstream-not-fresh-advice = Cierre la sesión en { $provider } e inténtelo de nuevo, o inicie sesión de otra forma.
upstream-timeless-happened = Tiene que volver a demostrar quién es, y { $provider } no nos dice cuándo se inició sesión allí.
upstream-timeless-advice = Inicie sesión de otra forma: con una contraseña o una llave de acceso de este servidor. Si no tiene ninguna, quien administra este servidor puede ayudarle.
upstream-not-allowed = Esta cuenta no puede iniciar sesión aquí
upstream-not-allowed-happened = { $provider } dice quién es usted, pero quien administra este servidor no admite esa cuenta.
upstream-not-allowed-advice = Si tiene otra cuenta en { $provider }, inicie allí sesión primero con esa.
upstream-no-account = Todavía no hay una cuenta para usted
upstream-no-account-happened = { $provider } dice quién es usted, pero ninguna cuenta de aquí está conectada con eso, y las nuevas no se crean solas.
upstream-no-account-advice = Si tiene una cuenta aquí, inicie sesión de otra manera y conecte { $provider } en su cuenta. Si no, pida una a quien administra este servidor.
upstream-link-first = Ya tiene una cuenta aquí
upstream-link-first-happened = Una cuenta de aquí tiene la dirección de correo que según { $provider } es suya. Una dirección sola no la abre.
upstream-link-first-advice = Inicie sesión de otra manera y conecte después { $provider } en su cuenta.
upstream-taken = Esto pertenece a otra cuenta
upstream-taken-happened = Lo que mostró en { $provider } abre aquí otra cuenta. No se cambió nada.
upstream-taken-advice = Use otra cuenta de { $provider }, o desconéctela primero de la otra cuenta.
upstream-too-many = Demasiados intentos
upstream-too-many-happened = Hubo demasiados intentos desde su red.
upstream-too-many-advice = Inténtelo de nuevo dentro de unos { $span }.
upstream-back = Volver al inicio de sesión
upstream-back-to-account = Volver a su cuenta

## Lo que está conectado con una cuenta.

upstream-identities = Iniciar sesión con otros
upstream-identities-whose = Quien puede iniciar sesión allí puede iniciarla aquí como { $user }.
upstream-none = Todavía no hay nada conectado.
upstream-known-as = Conocido allí como
upstream-connected = Conectado
upstream-last-used = Último uso
upstream-never = nunca
upstream-day = { $day }
upstream-disconnect = Desconectar
upstream-disconnected = Está desconectado y ya no le abre la sesión.
upstream-stays = Sigue conectado: es la única manera de entrar en su cuenta. Ponga primero una contraseña, añada una llave de acceso o conecte otro.
upstream-only-way = Es la única manera de entrar en su cuenta. Ponga una contraseña, añada una llave de acceso o conecte otro para desconectarlo.
upstream-connect = Conectar
upstream-connect-how = Allí inicia sesión una vez para mostrar que es suyo.
upstream-connect-one = Conectar { $provider }
