### Cerrar sesión.

logout-question = ¿Cerrar sesión?
logout-who = Ha iniciado sesión como { $user }.
logout-asked-by = Una aplicación que dice llamarse «{ $name }» pide cerrar su sesión.
logout-apps-stay = Las aplicaciones con acceso duradero lo conservan. Para mantener la sesión abierta, cierre esta página.
logout-submit = Cerrar sesión

logout-done = Ha cerrado la sesión
logout-nobody = Aquí no hay ninguna sesión abierta
logout-close = Puede cerrar esta página.
logout-shared = En un equipo compartido, cierre también todas las ventanas de este navegador.
logout-back = Volver a { $host }
