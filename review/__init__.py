"""Pages that anybody can read: what was published (`site`), and reports that stand beside it (`reports`).

Static files. The pages of a publication are made from its tables alone; they need no network, JavaScript or
server, and equal content gives equal bytes. Reports say what a run found, and when.

Belongs here: choosing what a page shows, drawing it, writing the files. Does not belong here: calculating a
figure (`dbt_project`), when a page is made (`orchestration`).
"""
