### Showing more than a password, or a passkey instead of one.

proofs-title = Un paso más
proofs-who = Está iniciando sesión como { $user }. Demuestre que es usted.
proofs-or = o
proofs-lost = ¿Lo ha perdido todo? Quien administra este servidor puede ayudarle.
proofs-else = Iniciar sesión con otra cuenta

## A passkey.

proofs-passkey = Usar una llave de acceso
proofs-passkey-form = Llave de acceso
proofs-passkey-failed = No ha funcionado. Inténtelo de nuevo o elija otra forma.
proofs-passkey-scripts = Las llaves de acceso necesitan JavaScript y un navegador que las conozca.

## A code of an app.

proofs-code = Código de su aplicación de autenticación
proofs-code-submit = Continuar

## A recovery code.

proofs-recovery = Usar un código de recuperación
proofs-recovery-code = Uno de los códigos que guardó
proofs-recovery-submit = Continuar

## What went wrong.

proofs-wrong = No es correcto o ya se ha usado. Tome el código más reciente e inténtelo de nuevo.
proofs-wait = Demasiados intentos. Inténtelo de nuevo dentro de { $span } aproximadamente.

## A passkey on the sign-in page that signed nobody in.

proofs-refused-title = Esta llave de acceso no ha funcionado
proofs-refused = Ya no se conoce aquí, o esta página ya se ha usado. Inténtelo de nuevo o inicie sesión de otra forma.
proofs-refused-wait = Ha habido demasiados intentos desde su red. Inténtelo de nuevo dentro de { $span } aproximadamente.
proofs-refused-back = Volver a iniciar sesión

## Somebody signed in with a recovery code. $count is how many they have left.

proofs-recovered-title = Ha usado un código de recuperación
proofs-recovered = { $count ->
    [0] Ha iniciado sesión. Era su último código; no vuelve a servir.
    [one] Ha iniciado sesión. Ese código no vuelve a servir; le queda uno.
   *[other] Ha iniciado sesión. Ese código no vuelve a servir; le quedan { $count }.
}
proofs-recovered-advice = Si ha perdido su teléfono o su llave de acceso, quítelo ahora y configure otro.
proofs-recovered-continue = Continuar
proofs-recovered-security = Cambiar cómo inicio sesión
