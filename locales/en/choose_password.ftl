### Choosing a password with a link.

choose-password-title = Choose a password
choose-password-first = You have an account here now. Choose the password you will sign in with.
choose-password-forgotten = The new password takes the place of the one before. You will be signed out everywhere.
choose-password-username = Your user name
choose-password-submit = Set the password
choose-password-unexpected = If you did not expect this page, close it and tell whoever runs this server.

## Why the form is shown again.

choose-password-differ = The two passwords are not the same. Type the one you want twice.

## It is set.

choose-password-done = Your password is set
choose-password-sign-in = Sign in as { $user } the next time an app asks you to. You can close this page.
choose-password-link-used = The link you came with does not work any more.
