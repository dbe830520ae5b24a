### 本人への質問。$app はアプリの名前またはアドレス、$name は名乗る名前、$resource は利用したいもの。

consent-title = { $resource } へのアクセスを許可しますか?
consent-heading = { $app } が { $resource } の利用を求めています

## このページがもう一度、または違う形で表示される理由。

consent-too-quick = ページを読む間もなく回答がありました。よく読んで、もう一度決めてください。
consent-nothing-picked = 許可するものを選ぶか、拒否してください。
consent-outdated = このページを開いている間に変更がありました。もう一度お読みください。
consent-client-changed = 前回の許可の後、アプリの情報が変わりました。新しいアプリだと思って確認してください。
consent-resource-changed = 前回の許可の後、サーバーの権限が変わりました。

## 誰なのか。

consent-registration = このサーバーの管理者が承認した登録を使っています。
consent-registration-claimed = このサーバーの管理者が承認した「{ $name }」の登録を使っています。
consent-claimed = アプリは「{ $name }」と名乗っています。
consent-trusted-domain = このサーバーの管理者が信頼する { $host } の説明によるアプリです。
consent-vouched = このサーバーの管理者が保証しています。
consent-nameless = アプリは名乗っていません。

## 注意。

consent-imitates-here = *たった今、ご自分で「{ $known }」を起動しましたか?* そうでなければ拒否してください。このコンピューターのどのプログラムも、このような名前を使えます。
consent-imitates = *この名前は「{ $known }」に似ています。* 本物だと示すものは何もありません。迷うときは拒否してください。
consent-started-program = *たった今、ご自分で起動しましたか?* そうでなければ拒否してください。このコンピューターのどのプログラムも、このように求めることができます。
consent-started-program-named = *たった今、ご自分で起動しましたか?* そうでなければ拒否してください。このコンピューターのどのプログラムも、この名前でこのように求めることができます。
consent-started-app = *たった今、ご自分で起動しましたか?* そうでなければ拒否してください。この端末のどのアプリも、{ $scheme } で始まるリンクを受け取れます。
consent-elsewhere = アクセスは、求めているのとは別のアドレスに送られます: { $host }
consent-started-web = *たった今、ご自分で始めましたか?* このアドレスに心当たりがなければ拒否してください。誰のものか、ここでは確認していません。

## 事実。

consent-described-by = 説明元
consent-not-checked = ほかは未確認
consent-chose-name = この名前を付けました。ほかは未確認
consent-goes-to = アクセスの行き先
consent-to-use = 利用するもの
consent-as = あなた
consent-not-you = 別の人ですか?
consent-how-long = 期間
consent-lasts-renewed = 最長{ $total }。{ $idle }使われなければ、そこで終わります
consent-lasts-once = 約{ $span }。更新なし

## 権限。

consent-able = できるようになること
consent-able-new = 新しくできるようになること
consent-able-as-before = 以前の許可と同じく、できること
consent-able-nothing = できるようになること
consent-count = ({ $count }件の権限)
consent-none = 特定の権限は求めていません。何ができるかは { $resource } によります。
consent-allow-all = 危険と示された{ $count }件を許可
consent-before = 以前に許可したもの ({ $count })
consent-risky = 危険
consent-scope-openid = ここでのあなたが誰かを知る
consent-scope-profile = あなたの名前を見る
consent-scope-email = あなたのメールアドレスを見る
consent-scope-offline = あなたがいない間も作業を続ける

## 決定。

consent-deny = 拒否
consent-allow = 許可
