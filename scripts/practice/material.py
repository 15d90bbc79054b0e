"""What messages of customers are made of: names, firms, numbers, moods, mail frames; all drawn at random.

Names and firms are put together from syllables and characters, so that copying is learnt and not a list of names.
What customers say in the evaluation only stands in ``unseen.toml``.
"""

from __future__ import annotations

import random
import string
import tomllib
from pathlib import Path

HERE = Path(__file__).parent

SURNAMES_JA = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 "
    "阿部 石川 山下 中島 前田 藤田 小川 後藤 岡田 長谷川 村上 近藤 石井 坂本 遠藤 青木 藤井 西村 福田 太田 三浦 岡本 松田 "
    "中川 中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森田 原 柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 "
    "丸山 今井 高田 藤本 武田 村田 上野 杉山 増田 平野 大塚 千葉 久保 松井 岩崎 野口 木下 菊地 野村 新井 渡部"
).split()
FIRST_LEVEL = "".join(
    bytes((row, cell)).decode("euc_jp", "ignore") for row in range(0xB0, 0xD0) for cell in range(0xA1, 0xFF)
)
"""The 2,965 characters of JIS level 1: any of them may stand in a name."""
CHARACTERS_JA = (
    "山田川中村本木林森藤松竹梅石岩原野谷沢浜島崎岡坂井上下大小高長広平安永福吉清水池江津北南西東内外口戸宮寺堀塚"
    "杉桜栗桑柳植今新古金銀白黒青赤三四五六七八千万国正和久保佐加多富武秋春夏冬熊鶴亀馬牛犬鳥羽星月日光明成美玉有"
)
FIRMS_JA = (
    "製作所 工業 精機 精密 電機 技研 産業 鉄工所 機械 金属 テクノ 化工 エンジニアリング 重工 製菓 医療機器 計測".split()
)
KATAKANA = "ア イ エ オ カ キ ク ケ コ サ シ セ ソ タ テ ト ナ ニ ノ ハ ヒ フ ホ マ ミ メ モ ラ リ ル レ ロ ワ ン ー ダ デ ド バ ビ ブ ガ グ".split()
DEPARTMENTS_JA = "購買部 品質保証部 資材課 製造部 生産管理課 技術部 総務 調達グループ 設計課".split()
FIRST_EN = (
    "Anna Ben Carla David Emma Frank Grace Hugo Irene Jack Karen Liam Maria Nora Oscar Paula Ken Yuki Rachel Sam Tom "
    "Ursula Victor Wendy Alex Chris Dana Eric Fiona Gary Helen Ian Julia Kevin Laura Mark Nina Peter Rosa Steve Priya "
    "Arjun Mei Hans Ingrid Pierre Sofia Marco Elena Olga Pavel Fatima Omar Akira Hiroshi Naomi"
).split()
LAST_EN = (
    "Smith Jones Brown Miller Davis Wilson Moore Clark Lewis Walker Hall Young King Wright Hill Green Baker Carter "
    "Tanaka Suzuki Sato Ito Kim Lee Chen Wang Singh Patel Khan Garcia Lopez Martin Bernard Dubois Weber Fischer Schmidt "
    "Becker Rossi Bianchi Novak Kowalski Jensen Hansen Larsen Berg Olsen Murphy Kelly Byrne Campbell Stewart Reid"
).split()
ONSETS_EN = (
    "b br bl c ch cl cr d dr f fl fr g gl gr h j k kl kr l m n p ph pl pr qu r rh s sc sh sk sl sm sn sp st str sw t th tr tw v w wh y z".split()
    + [""] * 8
)
NUCLEI_EN = "a a a e e e i i i o o o u u ai au ay ea ee ei eu ey ia ie io oa oe oi oo ou oy ua ue ui y".split()
CODAS_EN = (
    "b ck ch d dd f ff g gh k ks l ll ld ls lt m mb mm n n nd ng nk ns nt p ps r r rd rg rk rl rm rn rs rt s ss sh st t tt th tz v x z bb".split()
    + [""] * 16
)
SYLLABLES_EN = "ba be bo ca co da de do el en er fa fe ga go ha he jo ka ke ko la le li lo ma me mi mo na ne ni no pa ra re ri ro sa se so ta te ti to va ve vi wa we ya za ten ber mar lin son dor win ham ley ton gar".split()  # fmt: skip
FIRMS_EN = "Ltd|Inc.|GmbH|Engineering|Machinery|Tools|Precision|Robotics|Medical|Instruments|Systems|Corp.|AG|Motors|Automation".split("|")  # fmt: skip
PRODUCTS = {
    "ja": "ブラケット シャフト ハウジング カバー フランジ ピン スペーサー ブッシュ プレート ギア 治具 ノズル ナット ローラー ケース 継手 ボルト".split(),
    "en": "bracket shaft housing cover flange pin spacer bushing plate gear fixture nozzle nut roller case coupling bolt".split(),
}

_MOODS = {language: tomllib.loads((HERE / f"moods_{language}.toml").read_text("utf-8")) for language in ("ja", "en")}
MOODS = {
    mood: {language: texts[mood] for language, texts in _MOODS.items()}
    for mood in ("angry", "urgent", "calm", "new", "known")
}
"""Sentences that show a trait, by trait and language, out of ``moods_ja.toml`` and ``moods_en.toml``."""
MATTERS = {
    language: tuple(tomllib.loads((HERE / f"matters_{language}.toml").read_text("utf-8"))["matters"])
    for language in ("ja", "en")
}
"""Sentences that state what a customer writes about and show no mood."""

OPENINGS = {
    "ja": ["お世話になっております。", "いつもお世話になっております。", "こんにちは。", "お世話になります。", "突然のご連絡失礼いたします。", "お疲れ様です。", "平素より大変お世話になっております。"],
    "en": ["Hello,", "Hi,", "Dear Sir or Madam,", "Good morning,", "Dear all,", "Hi there,", "Hello team,", "Good afternoon,"],
}  # fmt: skip
CLOSINGS = {
    "ja": ["よろしくお願いします。", "よろしくお願いいたします。", "何卒よろしくお願い申し上げます。", "ご返信をお待ちしております。", "以上、ご確認ください。", "取り急ぎご連絡まで。"],
    "en": ["Thank you.", "Best regards,", "Kind regards,", "Thanks,", "Looking forward to your reply.", "Regards,"],
}  # fmt: skip
FILLERS = {
    "ja": ["先週、社内で話し合いました。", "当社では組立ラインで使っています。", "担当が休みのため、私からご連絡しています。", "詳しくは添付の資料をご覧ください。", "以前も同じような相談をしたことがあります。", "来週には上司に報告する予定です。", "倉庫のほうでも確認しました。", "電話がつながらなかったのでメールします。", "納品書は手元にあります。", "展示会ではありがとうございました。", "春から担当が代わりました。", "他の部署からも問い合わせが来ています。"],
    "en": ["We discussed this in our team last week.", "We use the parts on our assembly line.", "My colleague is on leave, so I am writing instead.", "Please see the attached file for details.", "We had a similar question some time ago.", "I have to report to my boss next week.", "Our warehouse has checked it as well.", "I could not reach you by phone.", "I have the delivery note in front of me.", "It was nice to meet you at the fair.", "I took over this job in spring.", "Other departments have been asking, too."],
}  # fmt: skip
_SAID = {language: tomllib.loads((HERE / f"said_{language}.toml").read_text("utf-8")) for language in ("ja", "en")}
SEEN = {
    **MOODS,
    **{
        kind: {language: texts[kind] for language, texts in _SAID.items()}
        for kind in ("greetings", "unrelated", "follow_ups")
    },
}
UNSEEN = tomllib.loads((HERE / "unseen.toml").read_text("utf-8"))
"""What customers say, by kind and language: in the training, and in the evaluation only."""
POLICIES = {
    "ja": ["社内の事情を話さない", "値段をその場で決めない", "個人情報を書かせない", "他社の悪口を言わない", "法律の判断をしない", "原因を決めつけない", "図面を外に出さない", "在庫を約束しない", "専門用語を避ける", "顔文字を使わない"],
    "en": ["Never talk about internal matters", "Set no price on the spot", "Collect no personal data", "Never speak ill of competitors", "Give no legal advice", "Never presume a cause", "Pass on no drawings", "Promise no stock", "Avoid jargon", "Use no emoticons"],
}  # fmt: skip
GENERAL = {
    "ja": ["明るい言葉を選ぶ", "結論から書く", "お客様の名前を呼ぶ", "同じことを繰り返さない", "丁寧な言葉で書く", "短くまとめる", "約束したことは守る", "質問は一つずつ"],
    "en": ["Choose friendly words", "Start with the answer", "Use the customer's name", "Do not repeat yourself", "Write politely", "Keep it brief", "Keep what was promised", "One question at a time"],
}  # fmt: skip


RULES = {
    "ja": {
        "angry": ("(お客様|相手|先方|)(が|)(怒っている|お怒りの|腹を立てている|激しく怒っている|感情的な|怒りが強い)(とき|場合)は", "(落ち着いている|冷静な|穏やかな|怒っていない|そうでない)(とき|場合)は"),
        "urgent": ("(お急ぎの|急ぎの|急いでいる|緊急の|至急の)(とき|場合)は", "(お急ぎでない|急ぎでない|急いでいない|そうでない)(とき|場合)は"),
        "new": ("(初めての|新しい|新規の|取引のない)(お客様|方|相手)の(とき|場合)は", "(お取引のあるお客様|いつものお客様|なじみのお客様|既存のお客様)の(とき|場合)は"),
        "order": ("(注文番号|注文の番号|発注番号)(が|の記載が)(ない|書かれていない|分からない)(とき|場合)は", "(ある|書かれている|記載がある|分かっている)(とき|場合)は"),
        "product": ("(品番|図番|部品の番号)(が|の記載が)(ない|書かれていない|分からない)(とき|場合)は", "(ある|書かれている|記載がある|分かっている)(とき|場合)は"),
        "lot": ("(ロット番号|ロット|バッチ番号)(が|の記載が)(ない|書かれていない|分からない)(とき|場合)は", "(ある|書かれている|記載がある|分かっている)(とき|場合)は"),
        "phone": ("(電話番号|電話の番号|連絡先の番号)(が|の記載が)(ない|書かれていない|分からない)(とき|場合)は", "(ある|書かれている|記載がある|分かっている)(とき|場合)は"),
        "invoice": ("(請求書番号|請求書の番号|請求番号)(が|の記載が)(ない|書かれていない|分からない)(とき|場合)は", "(ある|書かれている|記載がある|分かっている)(とき|場合)は"),
    },
    "en": {
        "angry": ("(When|If) (the customer is|they are) (angry|furious|upset|very angry|in a rage)", "(When (calm|they are calm|not angry|the customer is calm)|If (calm|not|they are calm)|Otherwise)"),
        "urgent": ("(When|If) (urgent|it is urgent|they are in a hurry|there is a hurry|the matter is urgent)", "(When (not urgent|there is no hurry|it is not urgent)|If not|Otherwise)"),
        "new": ("(When|If) (the customer is new|they are new|it is a new customer|they never ordered before)", "(When (known|already known|they are known|they are regular customers)|If known|Otherwise)"),
        "order": ("(When|If) (no order number is given|the order number is missing|they give no order number)", "(When (given|it is given|it is there)|If it is given|Otherwise)"),
        "product": ("(When|If) (no part number is given|the part number is missing|they name no part)", "(When (given|it is given|it is there)|If it is given|Otherwise)"),
        "lot": ("(When|If) (no lot number is given|the lot number is missing|they give no lot)", "(When (given|it is given|it is there)|If it is given|Otherwise)"),
        "phone": ("(When|If) (no phone number is given|the phone number is missing|they give no phone number)", "(When (given|it is given|it is there)|If it is given|Otherwise)"),
        "invoice": ("(When|If) (no invoice number is given|the invoice number is missing|they give no invoice number)", "(When (given|it is given|it is there)|If it is given|Otherwise)"),
    },
}  # fmt: skip
"""Beginnings of a rule's two halves: when it holds, when it does not."""


class Pools:
    """Draws names, numbers and values of one language from ``random``."""

    def __init__(self, language: str, rng: random.Random) -> None:
        self.language, self.rng = language, rng

    def name(self) -> str:
        """A person, as they call themselves; most are made up, so that copying is learnt."""
        rng = self.rng
        if self.language == "ja":
            kind = rng.random()
            if kind < 0.2:
                return rng.choice(SURNAMES_JA)
            if kind < 0.3:
                return "".join(rng.choices(KATAKANA, k=rng.randint(2, 5)))
            characters = FIRST_LEVEL if kind < 0.65 else CHARACTERS_JA
            return "".join(rng.choices(characters, k=rng.choice((2, 2, 2, 2, 3, 3, 1))))
        last = rng.choice(LAST_EN) if rng.random() < 0.2 else self._made_up()
        kind = rng.random()
        if kind < 0.7:
            return f"{rng.choice(FIRST_EN) if rng.random() < 0.3 else self._made_up()} {last}"
        return f"{rng.choice(('Mr', 'Ms', 'Mrs', 'Dr'))} {last}" if kind < 0.9 else rng.choice(FIRST_EN)

    def _made_up(self) -> str:
        rng = self.rng
        if rng.random() < 0.2:
            return "".join(rng.choices(SYLLABLES_EN, k=rng.randint(2, 3))).capitalize()
        parts = [
            rng.choice(part) for _ in range(rng.choice((1, 2, 2, 2, 3))) for part in (ONSETS_EN, NUCLEI_EN, CODAS_EN)
        ]
        return "".join(parts).capitalize()

    def noun(self) -> str:
        """What a part is called; half are made up, for no list holds them all."""
        rng = self.rng
        if rng.random() < 0.5:
            return rng.choice(PRODUCTS[self.language])
        if self.language == "en":
            return self._made_up().lower()
        return "".join(
            rng.choices(KATAKANA, k=rng.randint(2, 5)) if rng.random() < 0.6 else rng.choices(FIRST_LEVEL, k=2)
        )

    def firm(self) -> str:
        """A company."""
        rng = self.rng
        if self.language == "en":
            return f"{self._made_up()} {rng.choice(FIRMS_EN)}"
        core = (
            rng.choice(SURNAMES_JA)
            if rng.random() < 0.4
            else "".join(rng.choices(rng.choice((CHARACTERS_JA, FIRST_LEVEL)), k=2))
        )
        if rng.random() < 0.25:
            core = "".join(rng.choices(KATAKANA, k=rng.randint(3, 5)))
        body = core + rng.choice(FIRMS_JA)
        return rng.choice((body, body, f"株式会社{body}", f"{body}株式会社", f"有限会社{body}"))

    def digits(self, least: int, most: int) -> str:
        """A number that does not begin with 0."""
        size = self.rng.randint(least, most)
        return str(self.rng.randint(10 ** (size - 1), 10**size - 1))

    def letters(self, least: int, most: int) -> str:
        return "".join(self.rng.choices(string.ascii_uppercase, k=self.rng.randint(least, most)))

    def order(self) -> str:
        """An order number."""
        kinds = (
            lambda: f"PO-{self.digits(4, 6)}",
            lambda: f"PO{self.digits(5, 8)}",
            lambda: f"{self.letters(1, 3)}-{self.digits(3, 6)}",
            lambda: f"{self.letters(1, 2)}{self.digits(4, 7)}",
            lambda: f"20{self.digits(2, 2)}-{self.digits(3, 5)}",
            lambda: self.digits(5, 8),
            lambda: f"{self.letters(2, 3)}-{self.digits(2, 4)}-{self.digits(2, 2)}",
        )
        return self.rng.choice(kinds)()

    def product(self) -> str:
        """A part, by its code or by name and code."""
        rng = self.rng
        code = rng.choice(
            (
                f"{self.letters(2, 3)}-{self.digits(2, 4)}",
                f"{self.letters(1, 2)}{self.digits(3, 5)}",
                f"{self.letters(1, 3)}{self.digits(2, 3)}-{self.letters(1, 1)}",
                f"{self.digits(3, 4)}-{self.letters(1, 2)}{self.digits(1, 2)}",
            )
        )
        if rng.random() < 0.5:
            return code
        noun = self.noun()
        return f"{noun}{code}" if self.language == "ja" else f"{noun} {code}"

    def quantity(self) -> str:
        """A number of pieces, with its unit."""
        rng = self.rng
        number = rng.choice(
            (rng.randint(2, 99), rng.randint(2, 40) * 10, rng.randint(1, 30) * 100, rng.randint(100, 9999))
        )
        text = f"{number:,}" if rng.random() < 0.5 else str(number)
        if self.language == "ja":
            return text + rng.choice(("個", "個", "個", "本", "枚", "セット", "台"))
        return f"{text} {rng.choice(('pieces', 'pieces', 'pcs', 'units', 'parts', 'sets'))}"

    def lot(self) -> str:
        return self.rng.choice((f"L{self.digits(4, 6)}", f"{self.letters(1, 2)}{self.digits(3, 5)}", self.digits(6, 8)))

    def phone(self) -> str:
        return f"0{self.digits(1, 2)}-{self.digits(3, 4)}-{self.digits(4, 4)}"

    def value(self, act: str) -> str:
        """A value for one of the acts that give a fact."""
        return {
            "give_date": self.date,
            "give_report_date": self.date,
            "give_price": self.price,
            "give_stock": self.quantity,
            "give_contact": self.contact,
        }[act]()

    def date(self) -> str:
        rng = self.rng
        month, day = rng.randint(1, 12), rng.randint(1, 28)
        if self.language == "ja":
            ahead = rng.choice(("", "", "", "", f"20{rng.randint(26, 29)}年"))
            behind = rng.choice(("", "", "", "", f"（{rng.choice('月火水木金')}）", f"{rng.randint(9, 17)}時", "午前"))
            return f"{ahead}{month}月{day}日{behind}"
        months = "January February March April May June July August September October November December".split()
        named = months[month - 1]
        return rng.choice((f"{day} {named}", f"{day} {named}", f"{named} {day}", f"{day} {named} 20{rng.randint(26, 29)}", "Monday morning", f"Friday, {day} {named}"))  # fmt: skip

    def price(self) -> str:
        rng = self.rng
        amount = rng.choice((rng.randint(10, 999), rng.randint(10, 99) * 10, rng.randint(1000, 99999)))
        if self.language == "ja":
            return rng.choice((f"1個{amount}円", f"{amount:,}円", f"単価{amount}円", f"一式{amount:,}円"))
        return rng.choice(
            (
                f"{amount} yen each",
                f"{amount:,} yen",
                f"{amount}.50 dollars",
                f"EUR {amount}",
                f"{amount} euros per piece",
            )
        )

    def contact(self) -> str:
        rng = self.rng
        if self.language == "ja":
            return rng.choice(("", "", "営業部の", "技術課の", "品質保証部の")) + self.name()
        return f"{rng.choice(('Mr', 'Ms'))} {rng.choice(LAST_EN) if rng.random() < 0.5 else self._made_up()}"
