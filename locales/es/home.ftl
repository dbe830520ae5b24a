### La página en la dirección del servidor.

home-title = Iniciar sesión
home-heading = Aquí inicia sesión para sus aplicaciones
home-nothing-to-do = Una aplicación que necesita su permiso abre este sitio por sí misma. Lo que ha permitido y dónde tiene la sesión iniciada está en su cuenta.
home-account = Su cuenta
home-sign-out = Cerrar sesión
home-developers = Para desarrolladores:
home-metadata = metadatos del servidor de autorización
