"""Names and nouns for the evaluation: none stands in the lists that the training draws from."""

from __future__ import annotations

from practice.material import Pools

SURNAMES_JA = (
    "秋山 浅野 荒木 飯島 石原 市川 岩田 植木 臼井 大西 岡崎 尾崎 片山 川崎 河合 北村 桑原 小池 小松 駒井 榊原 桜井 笹川 塩田 "
    "島田 須田 菅原 関根 瀬戸 高野 竹下 田口 辻 土屋 富永 永井 長尾 中西 西田 根本 野田 萩原 橋口 畑中 早川 樋口 平田 福島 "
    "古田 星野 堀江 本間 松岡 丸尾 三宅 水野 宮下 望月 矢野 山内 吉川 若林 渡会 五十嵐 小笠原 久保田 長谷部 佐久間 宇都宮"
).split()
FIRST_EN = (
    "Adele Boris Celia Duncan Esther Felix Gwen Harriet Ivan Jasmine Keith Lydia Miles Nadia Otto Phoebe Quentin Ruth "
    "Simon Teresa Ulrich Vera Walter Yvonne Zoe Bruno Clara Dennis Elsa Gilbert"
).split()
LAST_EN = (
    "Abbott Bishop Chambers Dawson Ellison Fletcher Gibson Hughes Irving Jenkins Knight Lambert Marsh Norton Osborne "
    "Parsons Quinn Ramsey Saunders Thornton Underwood Vaughan Webster Yates Zimmer Okafor Haddad Petrov Lindgren Moreau"
).split()
NOUNS = {
    "ja": "カラー 軸受 ワッシャ レバー 台座 滑車".split(),
    "en": "washer bearing lever clamp pulley bolster".split(),
}


class UnseenPools(Pools):
    """Draws as the training does, with other names and nouns; numbers and codes are drawn anew anyway."""

    def name(self) -> str:
        rng = self.rng
        if self.language == "ja":
            return rng.choice(SURNAMES_JA)
        last = rng.choice(LAST_EN)
        return rng.choice((f"{rng.choice(FIRST_EN)} {last}",) * 3 + (f"{rng.choice(('Mr', 'Ms', 'Dr'))} {last}",))

    def contact(self) -> str:
        if self.language == "ja":
            return super().contact()
        return f"{self.rng.choice(('Mr', 'Ms'))} {self.rng.choice(LAST_EN)}"

    def noun(self) -> str:
        return self.rng.choice(NOUNS[self.language])
