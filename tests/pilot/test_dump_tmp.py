import pytest, sys
sys.path.insert(0,"/work/main/tests/pilot")
from test_teacher import *  # noqa
@pytest.mark.parametrize(("size","language"), [((80,24),"ja"),((120,40),"en")])
async def test_dump(taught, size, language):
    async with taught(FakeStudent(["どうでもよい返事。"]), size=size, language=language) as app:
        out=open(f"/tmp/dump_{language}.txt","w")
        def d(n): out.write(f"=== {n}\n"+"\n".join(app.lines)+"\n")
        await app.pilot.press("f5"); pane=pane_of(app)
        await app.until(lambda: pane.is_mounted and pane.query(MessageBox)); await app.pilot.pause(0.3); d("lists")
        await app.pilot.press("f2")
        await app.ask(MESSAGE); await app.pilot.press("f10"); app.pane.query_one("#why").value="冷たい"; await app.pilot.press("enter")
        await app.until(lambda: "F8" in app.notice); d("rated")
        await app.pilot.press("f8"); await app.until(lambda: pane.step=="look"); await app.pilot.pause(0.3); d("look")
        await app.pilot.press("f7"); await app.pilot.pause(0.3); d("found")
        await app.pilot.press("ctrl+e"); await app.pilot.pause(0.3); await app.pilot.press("escape"); await app.pilot.pause(0.2); d("reading")
        await app.pilot.press("ctrl+k"); await app.pilot.pause(0.2); d("mark"); await app.pilot.press("escape")
        await app.pilot.press("f6"); await app.until(lambda: pane.step=="drafts"); await app.until(lambda: pane._findings); await app.pilot.pause(0.3); d("drafts")
        await app.pilot.press("f10"); await app.pilot.pause(0.2); d("reject"); await app.pilot.press("escape")
        await app.pilot.press("escape"); await app.until(lambda: pane.step=="lists" and pane._requests); await app.pilot.pause(0.3); d("lists2")
        await app.pilot.press("ctrl+g"); await app.pilot.pause(0.3); d("ledger")
