"""Frequent names, and words that only look like one. Short lists: what they miss, the firm's own terms hold."""

from __future__ import annotations

SURNAMES = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 斉藤 齋藤 齊藤 林 清水 山崎 池田 阿部 "
    "橋本 山下 森 石川 前田 小川 藤田 岡田 後藤 長谷川 村上 近藤 石井 坂本 遠藤 青木 藤井 西村 福田 太田 三浦 藤原 岡本 松田 中川 中野 原田 "
    "小野 田村 竹内 金子 和田 中山 石田 上田 森田 柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本 武田 村田 上野 "
    "杉山 増田 平野 大塚 千葉 久保 松井 小島 岩崎 桜井 野口 松尾 野村 木下 菊地 菊池 佐野 大西 杉本 新井 浜田 市川 古川 水野 小松 島田 小山 "
    "山内 西田 飯田 矢野 松岡 田辺 安田 北村 川口 川崎 五十嵐 秋山 福島 黒田 辻 関口 樋口 永井 川村 本田 大島 岩田 土屋 荒木 中島 中田 松下 "
    "服部 星野 大久保 久保田 田口 関 岡崎 小池 堀 永田 川上 平田 片山 須藤 栗原 吉川 石原 成田 荒井 篠原 馬場 早川 望月 大谷 川島 浅野 内藤 "
    "小田 尾崎 神谷 堀内 熊谷 中西 東 西川 南 北川 白石 三宅 河野 松村 小西 上村 植田 岸本 榎本 児玉 宮田 大橋 森本 牧野 吉村 富田 萩原"
).split()
SURNAMES_LATIN = (
    "Sato Satou Suzuki Takahashi Tanaka Ito Watanabe Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi "
    "Matsumoto Inoue Kimura Saito Shimizu Hayashi Yamazaki Ikeda Abe Hashimoto Yamashita Ishikawa Maeda Ogawa Fujita Okada "
    "Goto Hasegawa Murakami Kondo Ishii Sakamoto Endo Aoki Fujii Nishimura Fukuda Ota Miura Okamoto Matsuda Nakagawa "
    "Nakano Harada Tamura Takeuchi Kaneko Wada Nakayama Ishida Ueda Morita Shibata Kudo Yokoyama Miyazaki Miyamoto Uchida "
    "Smith Johnson Williams Jones Davis Miller Wilson Anderson Thompson Garcia Martinez Robinson Rodriguez Lewis Walker "
    "Hernandez Wright Lopez Gonzalez Nelson Mitchell Perez Roberts Phillips Campbell Edwards Collins Murphy Schmidt Müller "
    "Schneider Fischer Weber Dubois Nguyen Patel Singh Khan Chen Wang Zhang Kim Kumar O'Brien O'Connor"
).split()
GIVEN = (
    "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Donald Steven "
    "Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan "
    "Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis Jerry Tyler Aaron "
    "Jose Adam Nathan Henry Peter Kyle Oliver Liam Noah Ethan Lucas Mohammed Ahmed Ali Carlos Luis Juan Pedro Hans Klaus "
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley Kimberly "
    "Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Kathleen Amy Angela Shirley Anna "
    "Brenda Pamela Emma Nicole Helen Samantha Katherine Christine Debra Rachel Carolyn Janet Catherine Maria Heather Diane Ruth "
    "Julie Olivia Joyce Victoria Kelly Christina Lauren Joan Evelyn Judith Megan Andrea Cheryl Hannah Jacqueline Martha Gloria "
    "Teresa Ann Sara Madison Frances Kathryn Janice Jean Alice Julia Sophia Isabella Priya Fatima Aisha Mei Yuki Yoko Hiroshi "
    "Kenji Takashi Taro Hanako Akira Naoko Keiko Haruto Sakura Emi Ken Kenta Daisuke Satoshi Makoto Yumi Tomoko"
).split()
NO_NAMES = (
    "お客 御客 客 皆 奥 旦那 患者 業者 店員 社員 学生 隣 他 俺 誰 何 両親 父 母 兄 姉 弟 妹 子 孫 嫁 婿 王 神 仏 殿 同 多 異 仕 模 有 一 無 逆 "
    "利用者 担当者 担当 購入者 契約者 申込者 希望者 関係者 参加者 会員 名義人 所有者 保護者 責任者 管理者 代表者 当事者 御社 貴社 弊社 貴殿 "
    "各位 御一同 一同 先方 本人 皆々 者 彼 摂 華 諸 宮 御 神 両 某 同 苦労 疲 世話 馳走 取引先 得意先 仕入先 発注者 受付 窓口 営業 総務 人事 経理 "
    "技術 品質 製造 購買 販売 副 元 前 現 新 各 代理 主任 工場 支店 本 お子 上司 部下 同僚 友人 知人 家族 当方 私 自分 弁護士 税理士 医者 看護師 "
    "運転手 配達員 配送業者 ドライバー オーナー ユーザー メーカー スタッフ オペレーター お医者 コンビニ 社長 部長 課長"
).split()
NO_WORDS = frozenset(
    "The This That Sir Madam Team All Everyone Customer Customers Support Sales Service There Valued Colleague Colleagues Friend "
    "Again Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September "
    "October November December Hello Hi Thanks Thank Please Your Our My We You It Is Yes No Not Just Very So".split()
)
