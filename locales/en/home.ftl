### The page at the server's address.

home-title = Sign in
home-heading = This is where you sign in for your apps
home-nothing-to-do = An app that needs your permission opens this site by itself. What you allowed, and where you are signed in, is in your account.
home-account = Your account
home-sign-out = Sign out
home-developers = For developers:
home-metadata = authorization server metadata
