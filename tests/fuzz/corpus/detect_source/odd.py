1"""
app = Flask(1)
"""
# x
application: T = app = q
def f(
 event: d[a, (b)], context