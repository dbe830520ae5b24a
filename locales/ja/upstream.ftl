### ほかのプロバイダーでのサインイン。$provider は管理者が付けたプロバイダーの名前。

## うまくいかなかったとき。

upstream-away = { $provider } は現在利用できません
upstream-away-happened = { $provider } から応答がないか、正しい応答ではありませんでした。失われたものはありません。
upstream-away-advice = 少し待ってからもう一度試すか、別の方法でサインインしてください。
upstream-declined = { $provider } でサインインしませんでした
upstream-declined-happened = { $provider } から回答なしで戻されました。何も共有されていません。
upstream-declined-advice = { $provider } をもう一度試すか、別の方法でサインインしてください。
upstream-failed = { $provider } でのサインインはできませんでした
upstream-refused-happened = { $provider } に拒否されました。理由はこのサーバーの管理者が確認できます。
upstream-unbelievable-happened = { $provider } から送られた内容では、このサーバーはあなたが誰かを信じることができません。理由はこのサーバーの管理者が確認できます。
upstream-failed-advice = もう一度試してください。またこのページになるときは、リクエスト番号をこのサーバーの管理者に伝えてください。
upstream-not-fresh = { $provider } で改めてサインインする必要があります
upstream-not-fresh-happened = もう一度ご本人であることを示す必要がありますが、{ $provider } からは、たった今サインインしたという確認がありませんでした。
upstream-not-fresh-advice = { $provider } からサインアウトしてもう一度お試しいただくか、別の方法でサインインしてください。
upstream-timeless-happened = もう一度ご本人であることを示す必要がありますが、{ $provider } は、いつサインインしたかを知らせません。
upstream-timeless-advice = このサーバーのパスワードまたはパスキーなど、別の方法でサインインしてください。どちらもお持ちでない場合は、このサーバーの管理者にご相談ください。
upstream-not-allowed = このアカウントではここにサインインできません
upstream-not-allowed-happened = { $provider } はあなたが誰かを示しましたが、このサーバーの管理者はそのアカウントを受け入れていません。
upstream-not-allowed-advice = { $provider } に別のアカウントがあれば、先にそちらでサインインしてください。
upstream-no-account = あなたのアカウントはまだありません
upstream-no-account-happened = { $provider } はあなたが誰かを示しましたが、それに接続されたアカウントはここになく、新しいアカウントは自動では作られません。
upstream-no-account-advice = ここにアカウントがあれば、別の方法でサインインし、アカウントのページで { $provider } を接続してください。なければ、このサーバーの管理者に依頼してください。
upstream-link-first = あなたのアカウントはすでにあります
upstream-link-first-happened = { $provider } があなたのものとするメールアドレスを持つアカウントがここにあります。アドレスだけではそのアカウントは開きません。
upstream-link-first-advice = 別の方法でサインインし、そのあとアカウントのページで { $provider } を接続してください。
upstream-taken = これは別のアカウントのものです
upstream-taken-happened = { $provider } で示されたものは、ここでは別のアカウントを開きます。何も変更されていません。
upstream-taken-advice = { $provider } の別のアカウントを使うか、先にもう一方のアカウントから切り離してください。
upstream-too-many = 試行が多すぎます
upstream-too-many-happened = お使いのネットワークからの試行が多すぎました。
upstream-too-many-advice = 約{ $span }後にもう一度試してください。
upstream-back = サインインに戻る
upstream-back-to-account = アカウントに戻る

## アカウントに接続されているもの。

upstream-identities = ほかのサービスでのサインイン
upstream-identities-whose = そこでサインインできる人は、ここに { $user } としてサインインできます。
upstream-none = まだ何も接続されていません。
upstream-known-as = そこでの名前
upstream-connected = 接続した日
upstream-last-used = 最後に使った日
upstream-never = なし
upstream-day = { $day }
upstream-disconnect = 切り離す
upstream-disconnected = 切り離しました。今後これではサインインできません。
upstream-stays = 接続したままです。これがアカウントに入る唯一の方法です。先にパスワードを設定するか、パスキーを追加するか、別のものを接続してください。
upstream-only-way = これがアカウントに入る唯一の方法です。切り離すには、パスワードを設定するか、パスキーを追加するか、別のものを接続してください。
upstream-connect = 接続する
upstream-connect-how = 一度そこでサインインして、自分のものであることを示します。
upstream-connect-one = { $provider } を接続する
