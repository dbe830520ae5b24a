### Showing more than a password, or a passkey instead of one.

proofs-title = One more step
proofs-who = You are signing in as { $user }. Show that it is you.
proofs-or = or
proofs-lost = Lost all of them? Whoever runs this server can help.
proofs-else = Sign in as somebody else

## A passkey.

proofs-passkey = Use a passkey
proofs-passkey-form = Passkey
proofs-passkey-failed = That did not work. Try again, or choose another way.
proofs-passkey-scripts = Passkeys need JavaScript, and a browser that knows them.

## A code of an app.

proofs-code = Code from your authenticator app
proofs-code-submit = Continue

## A recovery code.

proofs-recovery = Use a recovery code
proofs-recovery-code = One of the codes you kept
proofs-recovery-submit = Continue

## What went wrong.

proofs-wrong = That is not right, or it was used before. Take the newest code and try again.
proofs-wait = Too many attempts. Try again in about { $span }.

## A passkey on the sign-in page that signed nobody in.

proofs-refused-title = This passkey did not work
proofs-refused = It is not known here any more, or this page was used before. Try again, or sign in another way.
proofs-refused-wait = There were too many attempts from your network. Try again in about { $span }.
proofs-refused-back = Back to sign-in

## Somebody signed in with a recovery code. $count is how many they have left.

proofs-recovered-title = You used a recovery code
proofs-recovered = { $count ->
    [0] You are signed in. That was your last code; it does not work again.
    [one] You are signed in. That code does not work again; you have one left.
   *[other] You are signed in. That code does not work again; you have { $count } left.
}
proofs-recovered-advice = If you lost your phone or your passkey, remove it and set up another one now.
proofs-recovered-continue = Continue
proofs-recovered-security = Change how you sign in
