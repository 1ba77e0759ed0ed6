#!/bin/sh
# Makes the pictures in this directory again, from the best policies of a directory of runs:
#   docs/images/make.sh runs [TASK]...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runs=$1
shift
[ $# -gt 0 ] || set -- AllegroHand Ant Anymal AnymalTerrain BallBalance Cartpole FrankaCabinet FrankaCubeStack Humanoid HumanoidAMP Ingenuity Quadcopter ShadowHand Trifinger
videos=$(mktemp -d)
trap 'rm -r "$videos"' EXIT

for task in "$@"; do
    case $task in
        Anymal | AnymalTerrain) seconds=4 ;;
        *) seconds=2 ;;
    esac
    gymctl play "$task" --runs-dir "$runs" --num-envs 1 --video "$videos/$task.mp4" --video-size 960x540 \
        --video-length "$seconds" --video-fps 10
    python - "$videos/$task.mp4" "$here/$task.jpg" <<'PYTHON'
import sys

import av

with av.open(sys.argv[1]) as video:
    *_, last = video.decode(video=0)
last.to_image().resize((480, 270), 1).save(sys.argv[2], quality=85)
PYTHON
done
case " $* " in *" Ant "*)
    gymctl play Ant --runs-dir "$runs" --num-envs 1 --video "$here/ant.gif" ;;
esac
