forgot-title = パスワードをお忘れですか
forgot-intro = 新しいパスワードを決めるためのリンクをお送りします。
forgot-username = ユーザー名またはメールアドレス
forgot-submit = リンクを送る
forgot-back = サインインに戻る

forgot-empty = ユーザー名またはメールアドレスを入力してください。
forgot-wait = お使いのネットワークからの試行が多すぎます。約{ $span }後にもう一度お試しください。

forgot-sent = メールをご確認ください
forgot-sent-if = その名前のアカウントがあり、メールアドレスが登録されている場合は、リンクをお送りしています。1回だけ、15分間使えます。
forgot-sent-nothing = 数分たっても届かない場合は、迷惑メールをご確認いただくか、このサーバーの管理者にお問い合わせください。
