### The account centre. $app is an app by its name or address, $resource what it uses, $time a point in time.

account-nav = アカウント
account-who = { $user } としてサインインしています。
account-sign-out = サインアウト
account-profile = プロフィール
account-security = サインイン方法
account-apps = アプリ
account-sessions = ブラウザー
account-history = 履歴
account-data = データ
account-at = { $time }
account-more = 続きを見る
account-earlier = さらに前
account-back = 戻る

## What was done a moment ago.

account-done-saved = 保存しました。
account-done-password-set = パスワードを設定しました。ほかのすべてではサインアウトし、どのアプリにもアクセス権はありません。
account-done-signed-out = サインアウトしました。そこではもう誰もサインインしていません。
account-done-ended = アクセスを終了しました。
account-done-removed = 削除しました。このアプリにはもうアクセス権がありません。
account-done-limited = 終了時期を設定しました。
account-done-nothing = 何も変更していません。このページが長く開かれていたか、先に別の変更がありました。もう一度ご確認ください。

## Profile.

account-profile-title = アカウント
account-username = ユーザー名
account-email = メール
account-email-verified = 確認済み
account-email-unverified = 未確認
account-email-none = なし
account-email-change = 変更
account-email-add = 追加
account-password = パスワード
account-fixed = ユーザー名とメールアドレスは、このサーバーの管理者が変更できます。
account-fixed-name = ユーザー名は、このサーバーの管理者が変更できます。
account-profile-form = 名前と言語
account-profile-refused = 保存できません。名前は 200 バイト以内の 1 行で、言語は一覧から選んでください。
account-name = お名前
account-name-about = お名前を見ることを許可したアプリには、この名前が伝えられます。
account-language = ページの言語
account-language-browser = ブラウザーの設定に従う
account-save = 保存

## Password.

account-password-change = パスワードを変更
account-password-first = パスワードを設定
account-password-none-about = まだパスワードがありません。設定すると、パスキーやほかのプロバイダーがなくてもサインインできます。
account-password-about = このブラウザーではサインインしたままです。ほかのすべてではサインアウトし、すべてのアプリがアクセス権を失います。
account-password-set = パスワードを設定する
account-password-differ = 2つのパスワードが一致しません。使いたいものを2回入力してください。

## Browsers.

account-sessions-title = サインインしている場所
account-sessions-about = ブラウザーとシステムは、ブラウザーが自ら伝えたものです。
account-device = { $system } の { $browser }
account-device-browser = { $browser }
account-device-system = { $system } のブラウザー
account-device-unknown = 不明なブラウザー
account-this-one = このブラウザー
account-address = アドレス
account-place = 推定の場所
account-signed-in = サインイン
account-seen = 最終使用
account-end-session = サインアウト
account-end-others = ほかのすべてでサインアウト
account-sessions-apps = 継続的なアクセス権をもつアプリは、ブラウザーをサインアウトしても動き続けます。

## Apps.

account-apps-title = 接続中のアプリとエージェント
account-apps-none = あなたの名前でアクセスできるアプリはなく、確認なしに戻ってくるアプリもありません。
account-apps-about = 終了するまで、あなたの名前で動作します。最後にトークンを受け取った時刻はここでわかりますが、それで何をしたかはわかりません。
account-risky = 危険
account-program = コンピューター上のプログラム
account-claimed = 自称「{ $name }」。
account-blocked = このアプリは現在ここではブロックされています。
account-allowed = 許可
account-used = 最後のトークン
account-used-from = { $time }、{ $address } から
account-until = 終了
account-ends = { $time }
account-ends-unless-used = { $time }（それまでに使われない場合）
account-ends-as-set = { $time }（設定どおり）
account-limit = 終了時期
account-set = 設定
account-end-grant = このアクセスを終了
account-not-connected = 現在は接続されていません。次のことについて、確認なしに戻ってくることがあります。
account-remembered = それ以上を求めない限り、確認なしに戻ってくることがあります。
account-remembered-until = { $time } まで、確認なしに戻ってくることがあります。
account-remembered-policy = このサーバーの管理者が全員について許可しています。
account-remove = このアプリを削除
account-remove-about = すべてのアクセスを終了します。次回は確認が必要になります。
account-remove-comes-back = すべてのアクセスを終了します。管理者の許可により、確認なしに戻ってくることがあります。

## History. $who did it.

account-history-title = 許可したこと
account-history-none = これまでに許可したものはありません。
account-happened-allowed = { $app } に { $resource } の使用を許可しました。
account-happened-allowed-somewhere = { $app } に、すでにここにないものの使用を許可しました。
account-happened-policy = このサーバーの管理者が、全員について { $app } に { $resource } の使用を許可しています。
account-happened-limited = { $app } のアクセスの終了時期を設定しました。
account-happened-expired = { $app } に一定期間許可したことが終了しました。
account-happened-grant-ended = { $who ->
    [you] { $app } のアクセスを終了しました。
    [administrator] 管理者が { $app } のアクセスを終了しました。
    [app] { $app } がアクセスを返却しました。
   *[server] このサーバーが { $app } のアクセスを終了しました。
}
account-happened-withdrawn = { $who ->
    [you] { $app } を削除しました。
    [administrator] 管理者が { $app } への許可を取り消しました。
    [app] { $app } が許可を返却しました。
   *[server] このサーバーが { $app } への許可を取り消しました。
}
account-happened-stolen = すでに使われた { $app } のアクセスを誰かが使おうとしたため、このサーバーが終了しました。
account-happened-everything = { $who ->
    [you] アカウントへのすべてのアクセスを終了しました。
   *[administrator] 管理者がアカウントへのすべてのアクセスを終了しました。
}
account-happened-until = { $time } まで。

## Data, and going.

account-data-title = データ
account-export-title = 控え
account-export-about = このサーバーが保管しているあなたの情報を、プログラムで読めるファイルとして受け取れます。アカウント、サインイン中のブラウザー、許可したアプリ、許可した内容が含まれます。
account-export = ダウンロード
account-stop-title = すべてのアクセスを終了
account-stop-short = 何かおかしいときに。すべての場所でサインアウトし、全アプリのアクセスを一度に終了します。
account-stop-link = すべてのアクセスを終了…
account-stop-question = アカウントへのすべてのアクセスを終了しますか？
account-stop-sessions = このブラウザーを含む、すべてのブラウザーでサインアウトします。
account-stop-apps = すべてのアプリとエージェントがアクセス権を失います。
account-stop-answers = すべてのアプリで、もう一度確認が必要になります。
account-stop-limits = パスワードは変わりません。このサーバーに問い合わせないサーバーは、トークンの期限が切れるまで、通常は数分間、それを有効とみなすことがあります。パスワードを他人に知られた可能性がある場合は、このサーバーの管理者に新しいものを依頼してください。
account-stop = すべてのアクセスを終了
account-stopped = すべてのアクセスを終了しました
account-stopped-about = このアカウントには誰もサインインしておらず、アクセスできるアプリもありません。
account-sign-in = サインイン
account-leave-title = アカウントの削除
account-leave-short = 個人的な情報とともに、完全に削除します。
account-leave-link = アカウントを削除…
account-leave-question = アカウントを削除しますか？
account-leave-about = パスワード、サインイン、許可した内容、全アプリのアクセスも削除されます。元に戻すことは誰にもできません。
account-leave-stays = このサーバーで起きたことの記録は残ります。記録にはあなたの番号だけが残り、それはもう何にもつながりません。アプリやほかのサーバーが保管する情報は、それぞれの管理下にあります。
account-leave-type = ユーザー名を入力してください
account-leave-name = ユーザー名は { $name } です。
account-leave = アカウントを完全に削除
account-leave-other-name = ユーザー名が違います。何も削除していません。
account-leave-last-owner = あなたはこのサーバーの唯一のオーナーです。先に別の人をオーナーにしてください。何も削除していません。
account-gone = アカウントを削除しました
account-gone-about = このページを閉じてください。
