import csv,sys,tomllib,pathlib
from collections import Counter
from topics.taxonomy import taxonomy
from topics.assigning import Assigner
T=taxonomy(tomllib.loads(pathlib.Path('demo/verdant/definition/topics.toml').read_text()))
A=Assigner(T)
c={}
bad=[]
for r in csv.DictReader(open(sys.argv[1])):
    want={t for t in r['topics'].split(';') if t}
    got=A.read(r['comment'])
    g={m.topic for m in got.mentions}
    for k in ('all',r['language'],*(want|g)):
        n=c.setdefault(k,[0,0,0])
        w,h=(want,g) if k in('all',r['language']) else (want&{k},g&{k})
        n[0]+=len(w&h);n[1]+=len(h-w);n[2]+=len(w-h)
    if want!=g or got.language!=r['language']: bad.append((r['language'],got.language,'FP',[(m.topic,[d.written+'~'+d.phrase for d in m.by]) for m in got.mentions if m.topic not in want],'FN',sorted(want-g),r['comment']))
for k,(t,p,n) in c.items(): print(f"{k:16} tp {t} fp {p} fn {n}  P {t/(t+p or 1):.3f} R {t/(t+n or 1):.3f}")
if len(sys.argv)>2:
    for b in bad: print(*b)
