# shellcheck shell=bash
# bash completion for crundle. Its tables are made from the commands; bash-completion loads it.

# @TABLES@
# Prints the candidates of the sources $1, one a line: names of what is there, ids too once something is typed.
_crundle_candidates() {
  local source
  for source in $1; do
    case $source in
    containers)
      crundle ps -a --format '{{.Names}}'
      [[ -z $2 ]] || crundle ps -aq
      ;;
    running)
      crundle ps --format '{{.Names}}'
      [[ -z $2 ]] || crundle ps -q
      ;;
    images)
      crundle images --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>'
      [[ -z $2 ]] || crundle images -q
      ;;
    networks) crundle network ls --format '{{.Name}}' ;;
    volumes) crundle volume ls -q ;;
    +*) printf '%s\n' "${source#+}" ;;
    esac
  done 2>/dev/null
}

# Completes $2 from the sources $1.
_crundle_complete() {
  if [[ " $1 " == *' files '* ]]; then
    _filedir
  fi
  local found
  mapfile -t found < <(compgen -W "$(_crundle_candidates "$1" "$2")" -- "$2")
  COMPREPLY+=("${found[@]}")
  # A filter's name is followed by its value at once.
  [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
  __ltrim_colon_completions "$2"
}

_crundle() {
  # shellcheck disable=SC2034 # _init_completion sets all four
  local cur prev words cword
  _init_completion -n := || return
  local line=("${words[@]}") flags=() arguments=() repeats='' stops='' start=0 index position=0 word sources
  local -A values=()
  if ((cword > 2)) && _crundle_describe "${line[1]} ${line[2]}"; then
    start=3
  elif ((cword > 1)) && _crundle_describe "${line[1]}"; then
    start=2
  fi
  if ((cword == 1)); then
    _crundle_names
    mapfile -t COMPREPLY < <(compgen -W "${words[*]} --help --version" -- "$cur")
    return
  fi
  if ((cword == 2)); then
    _crundle_names "${line[1]}"
    mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$cur")
  fi
  ((start > 0)) || return
  for ((index = start; index < cword; index++)); do
    word=${line[index]}
    if [[ $word != -?* || (-n $stops && $position -gt 0) ]]; then
      position=$((position + 1))
      continue
    fi
    # Letters may stand together, the last one with a value.
    [[ $word == --* ]] || word=-${word: -1}
    [[ -v values[$word] ]] || continue
    if ((++index == cword)); then
      _crundle_complete "${values[$word]}" "$cur"
      return
    fi
  done
  if [[ -n $stops && $position -gt 0 ]]; then
    sources=${arguments[-1]}
  elif [[ $cur == --*=* ]]; then
    [[ ! -v values[${cur%%=*}] ]] || _crundle_complete "${values[${cur%%=*}]}" "${cur#*=}"
    return
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${flags[*]}" -- "$cur")
    return
  elif ((position < ${#arguments[@]})); then
    sources=${arguments[position]}
  elif [[ -n $repeats ]]; then
    sources=${arguments[-1]}
  else
    return
  fi
  _crundle_complete "$sources" "$cur"
}

complete -F _crundle crundle
