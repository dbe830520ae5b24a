### サインイン。

login-title = サインイン

## どのアプリから来たか。$app はその名前またはアドレス、$name はアプリが名乗る名前。

login-wants = { $app } が { $resource } の利用を求めています。
login-wants-claimed = 「{ $name }」と名乗る { $app } が、{ $resource } の利用を求めています。
login-sent = { $app } からここに移動しました。
login-sent-claimed = 「{ $name }」と名乗る { $app } からここに移動しました。
login-gives-nothing = サインインしただけでは、あなたが許可していないアクセスは与えられません。

## フォーム。

login-username = ユーザー名またはメールアドレス
login-password = パスワード
login-submit = サインイン
login-elsewhere = { $provider } で続ける
login-take-code = 代わりにコードを送ってもらう
login-forgot = パスワードをお忘れですか
login-no-account = アカウントがない場合は
login-sign-up = アカウントを作る
login-ask = アカウントがない場合は、このサーバーの管理者にお問い合わせください。
login-help = アカウントがない、またはパスワードを忘れた場合は、このサーバーの管理者にお問い合わせください。

## うまくいかなかったこと。

login-no-match = ユーザー名とパスワードが一致しません。両方を確認して、もう一度お試しください。
login-wait = お使いのネットワークからの試行が多すぎます。約{ $span }後にもう一度お試しください。

## Passkeys.

login-or = または
login-passkey = パスキーでサインイン
login-passkey-form = パスキー
login-passkey-failed = うまくいきませんでした。もう一度お試しになるか、パスワードでサインインしてください。
