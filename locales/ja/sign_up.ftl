sign-up-title = アカウントを作る
sign-up-intro = メールアドレスにリンクをお送りします。そこでパスワードを決めると、アカウントができます。
sign-up-email = メールアドレス
sign-up-domain = { $domain } で終わるもの。
sign-up-name = お名前（任意）
sign-up-submit = リンクを送る
sign-up-back = サインインに戻る

sign-up-no-address = メールアドレスの形ではありません。alice@example.com のように入力してください。
sign-up-other-domain = ここのアカウントはほかのアドレス向けです。下に示すものをお使いください。
sign-up-wait = お使いのネットワークからの試行が多すぎます。約{ $span }後にもう一度お試しください。

sign-up-sent = メールをご確認ください
sign-up-sent-to = { $email } にメールをお送りしました。続け方が書かれており、1時間有効です。
sign-up-sent-nothing = 数分たっても届かない場合は、迷惑メールをご確認ください。

sign-up-password-title = パスワードの設定
sign-up-password-intro = これでアカウントができます。メールアドレスとこのパスワードでサインインします。
sign-up-username = メールアドレス
sign-up-make = アカウントを作る
sign-up-unexpected = アカウントにお心当たりがない場合は、このページを閉じてください。アカウントは作られません。
sign-up-differ = 2つのパスワードが同じではありません。使いたいものを2回入力してください。

sign-up-done = アカウントができました
sign-up-sign-in = 次にアプリから求められたら、{ $user } としてサインインしてください。このページは閉じてかまいません。
