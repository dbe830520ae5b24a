address-title = メールアドレス
address-now = 現在のアドレスは { $email } です。
address-now-unconfirmed = 現在のアドレスは { $email } です。ご本人のものであることはまだ確認されていません。
address-none = アカウントにはまだアドレスがありません。
address-intro = 入力したアドレスにリンクをお送りします。そのリンクを開くと有効になります。
address-email = メールアドレス
address-submit = リンクを送る

address-no-address = メールアドレスの形ではありません。alice@example.com のように入力してください。
address-wait = リンクの請求が多すぎます。約{ $span }後にもう一度お試しください。

address-sent = メールをご確認ください
address-sent-if = { $email } をアカウントのアドレスにできる場合は、リンクをお送りしています。1回だけ、1時間使えます。開くまでは何も変わりません。

address-confirm = メールアドレスの確認
address-confirm-what = アカウント { $user } のアドレスを { $email } にします。
address-confirm-was = これまでの { $email } に代わります。そちらにもお知らせします。
address-confirm-submit = 確認する
address-confirm-unexpected = お心当たりがない場合は、このページを閉じてください。

address-confirmed = メールアドレスを確認しました
address-confirmed-what = アカウント { $user } のアドレスは { $email } になりました。サインインにも使えます。このページは閉じてかまいません。
