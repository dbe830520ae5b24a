### Signing in with a mailed code.

email-code-title = Sign in with a code
email-code-intro = We send a code to the e-mail address of your account.
email-code-username = User name or e-mail address
email-code-send = Send the code
email-code-password = Sign in with a password

## The code.

email-code-check = Enter the code
email-code-sent-if = If there is such an account and we know its e-mail address, a code of eight digits is on its way there. It is good for ten minutes.
email-code-code = Code
email-code-submit = Sign in
email-code-nowhere-else = We never ask for this code anywhere else. Nobody else needs it.
email-code-another = Have another code sent

## What went wrong.

email-code-no-match = This is not the code, or it was tried too often. Look again, or have another one sent.
email-code-wait = Too many attempts from your network. Try again in about { $span }.
