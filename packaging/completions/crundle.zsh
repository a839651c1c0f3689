#compdef crundle
# zsh completion for crundle. Its tables are made from the commands.

# @TABLES@
# Offers what `crundle ARG…` prints, a candidate a line, under the name $1.
_crundle_listed() {
  local what=$1 expl
  shift
  local -a found=(${(f)"$(crundle "$@" 2>/dev/null)"})
  found=(${found:#*<none>*})
  _wanted $what expl $what compadd -a found
}

# Offers the candidates of sources: names of what is there, ids too once something is typed.
_crundle_from() {
  local source expl result=1
  local -a given
  for source; do
    case $source in
    (containers)
      _crundle_listed containers ps -a --format '{{.Names}}' && result=0
      [[ -z $PREFIX ]] || _crundle_listed containers ps -aq && result=0
      ;;
    (running)
      _crundle_listed containers ps --format '{{.Names}}' && result=0
      [[ -z $PREFIX ]] || _crundle_listed containers ps -q && result=0
      ;;
    (images)
      _crundle_listed images images --format '{{.Repository}}:{{.Tag}}' && result=0
      [[ -z $PREFIX ]] || _crundle_listed images images -q && result=0
      ;;
    (networks) _crundle_listed networks network ls --format '{{.Name}}' && result=0 ;;
    (volumes) _crundle_listed volumes volume ls -q && result=0 ;;
    (files) _files && result=0 ;;
    (+*) given+=(${source#+}) ;;
    esac
  done
  # Without a space behind a filter's name.
  (( $#given == 0 )) || _wanted values expl value compadd -q -S '' -- ${(M)given:#*=} && result=0
  (( $#given == 0 )) || _wanted values expl value compadd -- ${given:#*=} && result=0
  return result
}

_crundle() {
  local curcontext=$curcontext
  local -a names specs
  if (( CURRENT == 2 )); then
    _crundle_names
    _describe -t commands command names
    return
  fi
  if (( CURRENT > 3 )) && _crundle_describe "$words[2] $words[3]"; then
    shift 2 words
    (( CURRENT -= 2 ))
  elif _crundle_describe $words[2]; then
    _crundle_names $words[2]
    (( CURRENT != 3 || $#names == 0 )) || _describe -t commands command names
    shift words
    (( CURRENT-- ))
  else
    _crundle_names $words[2]
    (( CURRENT == 3 )) && _describe -t commands command names
    return
  fi
  _arguments -s -S $specs
}

_crundle "$@"
