### Signing in.

login-title = Sign in

## Which app sent the person here. $app is its name or address, $name what it calls itself.

login-wants = { $app } wants to use { $resource }.
login-wants-claimed = { $app }, which calls itself “{ $name }”, wants to use { $resource }.
login-sent = { $app } sent you here.
login-sent-claimed = { $app }, which calls itself “{ $name }”, sent you here.
login-gives-nothing = Signing in does not give it any access you have not allowed.

## The form.

login-username = User name or e-mail address
login-password = Password
login-submit = Sign in
# $provider is what the operator calls another provider.
login-elsewhere = Go on with { $provider }
login-take-code = Have a code mailed instead
login-forgot = Forgotten your password?
login-no-account = No account?
login-sign-up = Make an account
login-ask = No account? Ask whoever runs this server.
login-help = No account, or password forgotten? Ask whoever runs this server.

## What went wrong.

login-no-match = User name and password do not match. Check both and try again.
login-wait = Too many attempts from your network. Try again in about { $span }.

## Passkeys.

login-or = or
login-passkey = Sign in with a passkey
login-passkey-form = Passkey
login-passkey-failed = That did not work. Try again, or sign in with your password.
