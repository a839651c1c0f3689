// What the docker client (28.2.2, built with Go 1.24.3) made of each template with the data below, as the metadata
// of a context: `docker context inspect probe --format '{{with .Metadata.Metadata.AdditionalFields}}TEMPLATE{{end}}'`.
// The data and the texts are docker's own answers: never change one to fit our output.

/** The objects under these names are maps. */
export const dataMaps: ReadonlySet<string> = new Set(['data', 'map', 'nested', 'empty']);

export const data = {
  map: {b: 'two', a: 'one', é: 'x'},
  list: ['x', 'y', 'z'],
  nested: {list: [1, 2.5, true, null, 's', ['v']], empty: {}, none: []},
  yes: true,
  no: false,
  nil: null,
  number: 42,
  float: 0.000001,
  text: 'héllo wörld',
  blank: '',
};

export const dockerResults: readonly (readonly [template: string, text: string])[] = [
  ['{{.text}}', 'héllo wörld'],
  ['{{ .text }}|{{.number}}|{{.yes}}|{{.no}}|{{.blank}}|', 'héllo wörld|42|true|false||'],
  ['{{.missing}}|{{.nil}}|{{.missing.deeper}}', '<no value>|<no value>|<no value>'],
  [
    '{{.map}}|{{.list}}|{{.nested}}',
    'map[a:one b:two é:x]|[x y z]|map[empty:map[] list:[1 2.5 true <nil> s [v]] none:[]]',
  ],
  ['{{.map.a}} {{.map.c}}', 'one <no value>'],
  ['{{index .map "b"}} {{index .list 1}} {{index .nested "list" 5 0}}', 'two y v'],
  ['{{len .list}} {{len .map}} {{len .text}} {{len ""}}', '3 3 13 0'],
  [
    '{{json .}}',
    '{"blank":"","float":0.000001,"list":["x","y","z"],"map":{"a":"one","b":"two","é":"x"},"nested":{"empty":{},"list":[1,2.5,true,null,"s",["v"]],"none":[]},"nil":null,"no":false,"number":42,"text":"héllo wörld","yes":true}',
  ],
  [
    '{{json .list}} {{json .map}} {{json "a<b>&\\"é"}} {{json nil}} {{json 1}} {{json true}}',
    '["x","y","z"] {"a":"one","b":"two","é":"x"} "a<b>&\\"é" null 1 true',
  ],
  ['{{join (split "a,b,c" ",") "-"}} {{split "abc" ""}} {{split "a b" " " | len}}', 'a-b-c [a b c] 2'],
  [
    '{{upper "héllo"}} {{lower "ÄB"}} {{title "hello wORLD foo-bar it\'s x_y 1a"}}',
    "HÉLLO äb Hello WORLD Foo-Bar It'S X_y 1a",
  ],
  ['[{{pad "x" 2 3}}] [{{pad "" 2 3}}] {{truncate "hello" 2}} {{truncate "hi" 5}}', '[  x   ] [] he hi'],
  [
    '{{print "a" 1 2 "b" true false}} {{println "a" 1 nil}}{{print 1 2}} {{print true false}} {{print}}',
    'a1 2btrue false a 1 <nil>\n1 2 true false ',
  ],
  ['{{printf "%s|%d|%v|%q|%x|%t" "str" 42 .list "q\\"t" "hex" true}}', 'str|42|[x y z]|"q\\"t"|686578|true'],
  [
    '{{printf "%5s|%-5s|%05d|%5d|%-5d|%.2s|%5.1s|" "ab" "ab" 42 42 42 "abcdef" "xyz"}}',
    '   ab|ab   |00042|   42|42   |ab|    x|',
  ],
  ['{{printf "%x %X %o %b %c %U %q" 255 255 8 5 65 233 65}}', "ff FF 10 101 A U+00E9 'A'"],
  ['{{printf "%+d % d %#x %#o %+v" 5 5 255 8 .map}}', '+5  5 0xff 010 map[a:one b:two é:x]'],
  [
    '{{printf "%f %.2f %e %g %8.3f|%-8.1f|%G" 1.5 2.345 12345.678 0.0000012 3.14159 2.5 1e30}}',
    '1.500000 2.35 1.234568e+04 1.2e-06    3.142|2.5     |1E+30',
  ],
  ['{{printf "%v %v %v %v" 1.5 1e21 1e-7 0.00001}}', '1.5 1e+21 1e-07 1e-05'],
  ['{{printf "%d %s %t %f" "x" 5 "y" "z"}}', '%!d(string=x) %!s(int=5) %!t(string=y) %!f(string=z)'],
  [
    '{{printf "%d" 1.5}} {{printf "%s" true}} {{printf "%t" 1}} {{printf "%x" true}}',
    '%!d(float64=1.5) %!s(bool=true) %!t(int=1) %!x(bool=true)',
  ],
  [
    '{{printf "%d %d" 1}} {{printf "%d" 1 2}} {{printf "%z" 1}} {{printf "%"}} {{printf "100%%"}}',
    '1 %!d(MISSING) 1%!(EXTRA int=2) %!z(int=1) %!(NOVERB) 100%',
  ],
  ['{{printf "%*d|%-*d|" 5 42 5 42}} {{printf "%.*s" 2 "abcdef"}}', '   42|42   | ab'],
  [
    '{{printf "%s" .list}} {{printf "%q" .list}} {{printf "%5s" .list}} {{printf "%d" .list}}',
    '[x y z] ["x" "y" "z"] [    x     y     z] [%!d(string=x) %!d(string=y) %!d(string=z)]',
  ],
  [
    '{{printf "%s %v %d" nil nil nil}} {{printf "%T %T %T %T" "a" 1 1.5 true}} {{printf "%T" .list}}',
    '%!s(<nil>) <nil> %!d(<nil>) string int float64 bool []interface {}',
  ],
  [
    '{{printf "%#v %#v %#v" "a" 1 true}} {{printf "%#q %q" "a" "tab\\t\\x01é☃"}}',
    '"a" 1 true `a` "tab\\t\\x01é☃"',
  ],
  ['{{printf "% x|%#x|%X" "abc" "abc" "abc"}}', '61 62 63|0x616263|616263'],
  ['{{printf "%08.3f|%+.1f|%6d|%06d|%+06d" 3.14159 2.0 -42 -42 42}}', '0003.142|+2.0|   -42|-00042|+00042'],
  ['{{range .list}}{{.}},{{end}}', 'x,y,z,'],
  ['{{range $i, $v := .list}}{{$i}}={{$v}};{{end}}', '0=x;1=y;2=z;'],
  ['{{range $k, $v := .map}}{{$k}}={{$v}};{{end}}', 'a=one;b=two;é=x;'],
  ['{{range .map}}{{.}} {{end}}', 'one two x '],
  [
    '{{range .nested.none}}x{{else}}none{{end}} {{range .nil}}x{{else}}nil{{end}} {{range .missing}}x{{else}}missing{{end}}',
    'none nil missing',
  ],
  ['{{range $i, $v := .list}}{{if $i}}, {{end}}{{$v}}{{end}}', 'x, y, z'],
  [
    '{{range .list}}{{if eq . "y"}}{{continue}}{{end}}{{.}}{{end}} {{range .list}}{{if eq . "y"}}{{break}}{{end}}{{.}}{{end}}',
    'xz x',
  ],
  ['{{range 3}}{{.}}{{end}} {{range $i := 3}}{{$i}}{{end}} {{range 0}}x{{else}}zero{{end}}', '012 012 zero'],
  ['{{range $x := .list}}{{$x}}{{end}}', 'xyz'],
  ['{{if .yes}}y{{end}}{{if .no}}n{{else}}e{{end}}{{if .no}}n{{else if .yes}}ei{{else}}e{{end}}', 'yeei'],
  [
    '{{if .number}}1{{end}}{{if .blank}}2{{end}}{{if .list}}3{{end}}{{if .nested.none}}4{{end}}{{if .nested.empty}}5{{end}}{{if .nil}}6{{end}}{{if .missing}}7{{end}}{{if 0}}8{{end}}{{if 0.0}}9{{end}}',
    '13',
  ],
  [
    '{{with .map}}{{.a}}{{end}} {{with .missing}}x{{else}}no{{end}} {{with .missing}}x{{else with .map}}{{.b}}{{end}}',
    'one no two',
  ],
  ['{{with $x := .text}}{{$x}}{{.}}{{end}}', 'héllo wörldhéllo wörld'],
  ['{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}{{if true}}{{$x = 3}}{{$y := 4}}{{$y}}{{end}}{{$x}}', '1243'],
  ['{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}', '21'],
  [
    '{{eq 1 1}} {{eq "a" "b"}} {{eq "a" "b" "a"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}} {{lt "a" "b"}} {{gt "b" "a"}}',
    'true false true true true true false true true true',
  ],
  ['{{eq .nil nil}} {{eq true true}} {{eq .text "héllo wörld"}} {{lt 1.5 2.5}}', 'true true true true'],
  [
    '{{and true false}} {{and 1 "x"}} {{or "" "d"}} {{or 0 false}} {{not true}} {{not ""}}',
    'false x d false false true',
  ],
  ['{{or .yes (index .list 99)}} {{and .no (index .list 99)}}', 'true false'],
  [
    '{{slice "abcdef" 1 3}} {{slice "abc" 1}} {{slice "abc"}} {{slice .list 1 2}} {{slice .list 1}}',
    'bc bc abc [y] [y z]',
  ],
  [
    '{{"a" | printf "%s-%s" "b"}} {{.list | len | printf "%03d"}} {{"x" | upper | lower | json}}',
    'b-a 003 "x"',
  ],
  [
    '{{(index .list 0) | upper}} {{(len .list)}} {{(.map).a}} {{index (index .nested "list" 5) 0}}',
    'X 3 one v',
  ],
  [
    "{{'a'}} {{'\\n'}} {{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}} {{-5}} {{+5}} {{1e3}} {{.5}} {{1.0}} {{1e21}} {{1.25}}",
    '97 10 31 5 15 15 1000 -5 5 1000 0.5 1 1e+21 1.25',
  ],
  ['{{`raw "string" \\n`}} {{"esc\\t\\"\\\\\\u00e9\\x41\\101"}}', 'raw "string" \\n esc\t"\\éAA'],
  ['a {{- " b " -}} c|x  {{- /* gone */ -}}  y|{{/* gone */}}|', 'a b c|xy||'],
  ['  {{- 1 -}}  | {{ 2 -}}  |  {{- 3 }}', '1| 2|3'],
  ['{{- range .list -}} {{ . }} {{- end -}}', 'xyz'],
  ['{{true}} {{false}} {{"" }}{{1}}', 'true false 1'],
  ['{{print nil}} {{print .nil}} {{print .missing}} {{println .list}}', '<nil> <nil> <nil> [x y z]\n'],
  [
    '{{.nested.list}} {{index .nested.list 3}} {{index .nested.list 1}}',
    '[1 2.5 true <nil> s [v]] <no value> 2.5',
  ],
  ['{{$m := .map}}{{$m.a}} {{$m.zzz}}', 'one <no value>'],
  ['{{len (printf "%s" "abc")}} {{printf "%d" (len .list)}}', '3 3'],
  ['{{eq (len .list) 3}} {{if and .yes (not .no)}}both{{end}} {{if or .no .yes}}one{{end}}', 'true both one'],
  [
    '{{json .nested}} {{json .float}} {{.float}} {{printf "%v" .float}}',
    '{"empty":{},"list":[1,2.5,true,null,"s",["v"]],"none":[]} 0.000001 1e-06 1e-06',
  ],
  ['{{range $k, $v := .nested}}{{$k}}:{{$v}} {{end}}', 'empty:map[] list:[1 2.5 true <nil> s [v]] none:[] '],
  ['{{index "abc" 1}} {{index .list 0 | printf "%q"}}', '98 "x"'],
  ['{{printf "%-10s|" "é"}}{{printf "%3c|" 233}}{{printf "%6.2f%%" 12.345}}', 'é         |  é| 12.35%'],
  ['{{print (index .nested.list 0) (index .nested.list 1)}}', '1 2.5'],
  ['{{range $i, $e := split "a:b" ":"}}{{if ne $i 0}} {{end}}{{$e}}{{end}}', 'a b'],
  ['{{if eq "a" "a" | not}}x{{else}}y{{end}} {{not (eq 1 2)}}', 'y true'],
];
