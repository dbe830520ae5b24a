### A forgotten password.

forgot-title = Forgotten your password?
forgot-intro = We send you a link with which you choose a new one.
forgot-username = User name or e-mail address
forgot-submit = Send the link
forgot-back = Back to signing in

## Why the form is shown again.

forgot-empty = Type your user name or your e-mail address.
forgot-wait = Too many attempts from your network. Try again in about { $span }.

## A mail is on its way.

forgot-sent = Look into your mail
forgot-sent-if = If there is an account of that name and we know an e-mail address of it, a link is on its way there. It works once, for 15 minutes.
forgot-sent-nothing = Nothing after a few minutes? Look among the unwanted mails, or ask whoever runs this server.
